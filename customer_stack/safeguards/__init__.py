"""Safeguards: what customers set against themselves, and what the platform then holds them to.

Owns limits of deposits, stakes and losses by day, week and month; cool-offs and self-exclusions; reality checks, which
tell somebody how long they have been here and what they have spent; and the history of all of it.

A stricter limit holds at once. A looser one, or none, holds after a delay in which it can be taken back. An exclusion is
a row that nobody changes or deletes, staff and operators included: a longer one may be added, none is ever lifted.
While one holds, money may still leave and positions may still be closed.

Never moves money and never judges an operation alone: `compliance` asks for the state of everybody in a batch, which
locks their limits in the order of accounts, and applies `rules.refusals` while it counts.

States of a limit: set -> set | waiting (a looser one was asked for) -> set, when the delay is over or it is taken back.
Invariant: what holds now is never looser than what its owner asked for more than the delay ago.
"""
