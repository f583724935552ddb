"""The forms in which prices leave this stack."""
