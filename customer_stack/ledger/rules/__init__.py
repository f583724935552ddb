"""What may be posted, and what it does. `reference` says it readably; `posting` says the same fast."""
