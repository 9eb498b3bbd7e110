"""The lineage as one literal table."""

from wenmai.catalog.catalog import CATALOG, Catalog
from wenmai.catalog.entry import Entry

__all__ = ["CATALOG", "Catalog", "Entry"]
