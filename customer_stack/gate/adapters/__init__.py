"""The gate's way to the network."""
