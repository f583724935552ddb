"""Texts that foreign exchange reads and writes: signed documents, and what each vendor speaks."""
