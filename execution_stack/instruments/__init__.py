"""The register of what can be traded here: grid, lots, caps, opening window, state, and the hash of its public document.

An instrument is known across the wall by its reference alone. Its code stands here and in its public document, and
comes from a signed catalogue or from this stack itself, never from a customer stack. What one lot and one tick are worth
never changes; a grid changes only while nobody has an open order on it.

States: listed <-> halted; listed | halted -> closed when its window is over; halted | closed -> resolved; and any of
them -> delisted. Only a listed one takes intents, and only within its window.

Whoever decides by the register takes `service.hold` first: until that transaction ends nothing in it moves, and whoever
moves something waits for all who decide. So a halt is in force for the very next core, and for none half.
"""
