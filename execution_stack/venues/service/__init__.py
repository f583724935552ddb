"""What is done with orders at a venue, one module for each part of their life."""
