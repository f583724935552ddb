"""Carriers, the language files, and who knows addresses."""
