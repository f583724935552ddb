"""The words of payments: rails and accounts, messages of the formats, deposits, withdrawals, and their audit entries."""
