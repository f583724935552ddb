"""Stand-ins for vendors, written from their documentation alone."""
