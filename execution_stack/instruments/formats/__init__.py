"""The file in which an operator describes an instrument."""
