"""Text to plain values, with errors that say where."""
