"""Who may not be served: sanctions and PEP lists, how like an entry of one somebody is, and what people decide about it.

Owns: the codecs of the published list formats (`formats/`), every version of every list as it was used (`lists/`), the
matchers (`matchers/`, versioned and kept for ever), who was screened against what and with which answer, the hits, the
officers' verdicts on them, and `customer-stack screening …`.

Never: lets anything pass or stops it. It says where a subject stands; whoever moves money asks, and may not take an
error, or an answer that is not there, for a pass. It fetches no list and knows no vendor.

States of a subject: pending, clear, review, blocked, error; derived from the last comparison and from its hits, never
set. States of a hit: open, false positive, true match, accepted (office holders and relatives alone), gone. A list is a
version, named by the SHA-256 of its bytes; one that is malformed, truncated, shrunken or stale is refused with a reason
code, on record, and the version before it stays in use.

Invariants: a matcher never changes once a decision was made with it, so the same person against the same list versions
under the same library versions gives the same bytes; scores are integers, in millionths. No decision is made by lists
that are not in use at its commit, and every decision made before a list changed is compared with the change. Nobody is
clear without an answer. A verdict holds while both sides are as they were, and until its day.
"""
