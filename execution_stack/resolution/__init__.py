"""What events came to, and what each position is paid for it: once under each revision.

Owns: who holds how many lots of what, as fills made it; resolutions, each a numbered revision; payouts.

Never: edits a payout. A value that was wrong, or a fill that the venue takes back after the event was resolved, makes a
further revision: the payouts of the one before are reversed, and new ones follow.

States: paying -> paid -> (a further revision) replaced; and paying -> replaced once what was paid is reversed.

Invariants: a holding is never below zero; a position is paid at most once under a revision, and never under two at a
time; the payouts of a revision add up to the lots held times its value, or to what they cost if the event was voided.
"""
