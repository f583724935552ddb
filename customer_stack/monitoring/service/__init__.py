"""What monitoring does, each in the transaction of whoever asks."""
