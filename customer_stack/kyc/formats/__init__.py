"""Forms of others: the vendor's messages, and the malware scanner's protocol."""
