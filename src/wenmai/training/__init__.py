"""One road from a recipe and rows to a bundle."""

from wenmai.training.fitting import fit

__all__ = ["fit"]
