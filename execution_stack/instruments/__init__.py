"""The register of what can be traded here: grid, caps, opening window, halt, and the hash of its public document.

An instrument is known across the wall by its reference alone. Its code stands here and in its public document, and
comes from a signed catalogue or from this stack itself, never from a customer stack.

States: listed <-> halted, and either -> delisted.
"""
