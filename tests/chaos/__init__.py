"""Chaos: real processes killed at random instants between servers that misbehave, and then everything is counted."""
