"""Omnibus orders at venues."""
