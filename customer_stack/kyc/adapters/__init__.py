"""The world outside: the vendor, the operator's own review, the malware scanner, the national register."""
