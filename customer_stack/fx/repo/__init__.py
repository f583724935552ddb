"""What foreign exchange asks of its tables."""
