"""What others ask of the ledger: `posting` writes, `accounts` opens, `reading` tells, `proving` checks, `trials` closes days."""
