"""The page of a map of words: one HTML file that needs no network."""

from wenmai.apps.map_page.page import page

__all__ = ["page"]
