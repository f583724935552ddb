"""Published lists as wholes: recognised by what they are, read by their codec, named by their bytes."""
