"""The ways in: commands, today."""
