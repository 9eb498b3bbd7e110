"""One road from a recipe and rows to a bundle."""

from wenmai.train.fit import fit

__all__ = ["fit"]
