"""The ledger's SQL. Everything is set-based: a batch is one statement whatever its size."""
