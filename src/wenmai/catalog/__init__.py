"""The lineage as one literal table."""

from wenmai.catalog.catalog import CATALOG, Catalog, Entry

__all__ = ["CATALOG", "Catalog", "Entry"]
