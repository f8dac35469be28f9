"""The worker: what is done when. Above all stages; the only place that has the clock and the transactions."""
