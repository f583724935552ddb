"""The register from the command line."""
