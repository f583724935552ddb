"""Commands about venues."""
