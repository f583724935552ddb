"""What makes a configuration, a palette and a pack valid, and what they come to on a given day. Pure."""
