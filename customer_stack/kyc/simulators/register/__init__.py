"""A national register."""
