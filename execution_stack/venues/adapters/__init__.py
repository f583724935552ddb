"""Adapters to exchanges, one package each."""
