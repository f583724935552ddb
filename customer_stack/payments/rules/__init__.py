"""Pure decisions: which rail, which value date, whether an account number is one, what it costs."""
