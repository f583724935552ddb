"""Sharing out what an omnibus order brought: fills, fees and better prices, to the last contract and the last unit.

Owns: how much of each fill each intent gets, and the record of it. A fill is shared among the intents of the manifest
that was in force when the venue made it, in proportion to what each still wanted, by largest remainder.

Never: changes a share. A fill that the venue takes back is undone by a row of its own.

Invariants: the shares of a fill add up to the fill, in lots, in fees and in improvement; nobody gets more lots than it
wanted; whoever has the manifest and the fills in their order works out the same shares (`boundary/verify/allocation.py`).
"""
