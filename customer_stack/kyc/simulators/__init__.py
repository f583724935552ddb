"""Stand-ins for the other sides, which no process imports."""
