"""The worker's part: sending, reading back, polling, listening, and what is due by the clock."""
