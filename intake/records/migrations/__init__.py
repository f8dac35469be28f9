"""Every change that the schema ever made."""
