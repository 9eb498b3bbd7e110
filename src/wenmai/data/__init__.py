"""Data sets: readers, detection of columns and encoding, health checks, deduplication, splits."""
