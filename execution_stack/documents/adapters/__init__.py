"""Where documents lie."""
