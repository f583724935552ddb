"""A stand-in for OpenPayd's API."""
