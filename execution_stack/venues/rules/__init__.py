"""What holds of grids, books and orders at a venue, whoever runs it, and how our own orders there move. Pure."""
