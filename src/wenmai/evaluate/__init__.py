"""Bundle and data set in, Report out: scores with intervals, and what they cost."""

from wenmai.evaluate.report import Costs, Estimate, Report, evaluate

__all__ = ["Costs", "Estimate", "Report", "evaluate"]
