"""Who moves the money, and who is asked about names: providers over HTTP and by file, verification of payee, webhooks."""
