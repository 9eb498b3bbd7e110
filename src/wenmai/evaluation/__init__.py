"""Bundle and data set in, Report out: scores with intervals, and what they cost."""

from wenmai.evaluation.costs import Costs
from wenmai.evaluation.report import Report, evaluate
from wenmai.stats.intervals import Estimate

__all__ = ["Costs", "Estimate", "Report", "evaluate"]
