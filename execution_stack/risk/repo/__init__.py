"""Reads and writes of counters, limits and stops."""
