"""What holds about accounts, passwords, contacts, clients, sessions and factors, without any I/O."""
