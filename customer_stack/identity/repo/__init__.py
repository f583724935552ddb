"""Reads and writes of identity's rows. Whatever must happen once is one statement that says so."""
