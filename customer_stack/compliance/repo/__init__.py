"""What is read for a verdict and how it is written; held operations."""
