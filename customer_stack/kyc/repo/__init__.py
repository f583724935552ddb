"""Statements of this capability, by what they are about."""
