"""How identity meets the world: slow hashing, files of keys and of leaked hashes, and requests that carry credentials."""
