"""Adapters to exchanges, one package each, and the files in which evidence lies."""
