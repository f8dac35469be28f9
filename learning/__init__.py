"""Labelled text, and what is fitted to it: needed to change the weights, never to run."""
