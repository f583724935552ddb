"""Limits and the switch from the command line."""
