"""The malware scanner."""
