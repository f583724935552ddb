"""A stand-in for the rates page of the Central Bank of Sri Lanka."""
