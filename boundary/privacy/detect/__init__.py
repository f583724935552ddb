"""The tripwire's parts, all pure: what a legitimate value looks like, and what personal data looks like in disguise.

`shapes` recognises what may pass, `words` and `numbers` judge what those shapes leave open, `keys` reads the context
that a key gives, `folding` and `decoding` take disguises off, `patterns` names what is left. `boundary.privacy.scan`
puts them together.
"""
