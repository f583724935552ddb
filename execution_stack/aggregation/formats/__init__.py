"""The exact bytes that a manifest's root covers."""
