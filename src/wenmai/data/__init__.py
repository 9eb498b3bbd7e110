"""Data sets: readers, detection of columns and encoding, health checks, deduplication, splits."""

from wenmai.data.dataset import Dataset, Inputs
from wenmai.data.load import Loaded, load, load_lines_by_class, load_splits

__all__ = ["Dataset", "Inputs", "Loaded", "load", "load_lines_by_class", "load_splits"]
