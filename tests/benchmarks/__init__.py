"""`make bench`: what OrderBus costs, measured beside its budgets; no test is ever timed."""
