"""What may be pooled, when a window closes, and how an order's state moves."""
