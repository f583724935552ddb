"""The verification vendor."""
