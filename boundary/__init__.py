"""Everything both stacks share, and the only words that may cross between them.

`wire`, `channel` and `privacy` are the wall itself: an auditor reads them in an afternoon.
`kernel` holds mechanisms without nouns, for both stacks to build with. `verify` holds programs for outsiders.
"""
