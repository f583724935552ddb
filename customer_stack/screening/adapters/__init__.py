"""Where lists and names lie."""
