"""The command line of venues and of their catalogue."""
