"""Where monitoring meets the world: shipped rules, rates, the reporter's file."""
