"""The command line of omnibus orders."""
