"""What is kept of what was heard, what is read of it, and its relay to clients."""
