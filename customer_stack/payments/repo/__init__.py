"""SQL of payments, by what it is about."""
