"""The ways in that need no database: the commands."""
