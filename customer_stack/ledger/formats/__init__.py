"""How postings by hand are written down."""
