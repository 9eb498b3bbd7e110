"""Search over what a generating model may say next."""

from wenmai.decoding.step import Step, greedy

__all__ = ["Step", "greedy"]
