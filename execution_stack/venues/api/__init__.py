"""The command line of venues and of their catalogue."""

"""Commands about venues."""
