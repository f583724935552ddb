"""What can be done with applications; every function takes an open transaction."""
