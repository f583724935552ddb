"""Who may have a wallet, and what a signature on the chain is."""
