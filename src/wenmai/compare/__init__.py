"""Many recipes on one data set: the results, and the report pages written from them."""
