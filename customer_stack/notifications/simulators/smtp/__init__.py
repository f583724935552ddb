"""A mail server that keeps what it is sent and misbehaves on command."""
