"""How foreign exchange reaches the world: providers, central banks, files."""
