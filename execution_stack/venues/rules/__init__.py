"""What holds of grids, books and orders at a venue, whoever runs it."""
