"""What foreign exchange does, each in the transaction of its caller."""
