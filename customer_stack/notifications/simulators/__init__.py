"""Stand-ins for carriers, for tests: written from the same documents as the adapters, knowing nothing of them."""
