"""Who may not be served: sanctions and PEP lists, and how like an entry of one somebody's name is.

Owns: the codecs of the published list formats (`formats/`), what makes a list fit to be used (`lists/`), the matchers
(`matchers/`, versioned and kept for ever) and `customer-stack screening match|pairs|bench`.

Never: decides about a person. It finds candidates, scores them and says why; whoever asks must not pass anybody on an
error or on an answer that is not there. Nothing calls it yet: today it is a matching core with commands.

States: none. A list is a version, named by the SHA-256 of its bytes; one that is malformed, truncated, shrunken or stale
is refused with a reason code, and the version before it stays in use.

Invariants: a matcher never changes once a decision was made with it, so the same query against the same list versions
under the same library versions gives the same bytes; scores are integers, in millionths.
"""
