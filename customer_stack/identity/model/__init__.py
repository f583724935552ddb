"""The words of identity: accounts, sessions, factors, what it writes into the audit log, and how it says no."""
