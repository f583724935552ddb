"""Where custody keys come from."""
