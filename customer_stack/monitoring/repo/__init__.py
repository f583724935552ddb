"""Statements of monitoring: set-based, and through the functions where what is written lies behind the wall."""
