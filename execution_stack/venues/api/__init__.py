"""The command lines of venues."""
