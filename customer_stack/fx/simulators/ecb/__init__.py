"""A stand-in for the European Central Bank's file of reference rates."""
