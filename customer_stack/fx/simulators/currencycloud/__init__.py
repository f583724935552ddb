"""A stand-in for Currencycloud's API v2."""
