"""Clearance, the work list of held operations, and the file of a customer."""
