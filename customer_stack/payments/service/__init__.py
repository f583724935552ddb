"""What payments do, each in its caller's transaction: beneficiaries, withdrawals, deposits, statements, events."""
