"""What access does for others: says who may what now, changes rights, and lets two people decide."""
