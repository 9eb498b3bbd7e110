"""The parts of the offline report page: each section a function from results to markup."""
