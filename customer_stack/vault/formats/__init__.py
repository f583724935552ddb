"""The bytes that the vault writes. Each form begins with its version: a new form is a new version beside the old."""
