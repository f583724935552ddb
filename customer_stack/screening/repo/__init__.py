"""Reads and writes of screening's tables: lists, subjects, decisions, hits, rescreens."""
