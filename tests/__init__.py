"""The tests: they mirror the modules; servers are real ones on loopback."""
