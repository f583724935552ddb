"""What others call: telling somebody, reading an inbox, choosing channels, carrying messages, announcing."""
