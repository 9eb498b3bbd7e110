"""Many recipes on one data set: the results, and the report pages written from them."""

from wenmai.comparison.comparing import compare, write_reports
from wenmai.comparison.comparison import Comparison
from wenmai.comparison.results import Results, read_results
from wenmai.comparison.single import train
from wenmai.comparison.study import Study

__all__ = ["Comparison", "Results", "Study", "compare", "read_results", "train", "write_reports"]
