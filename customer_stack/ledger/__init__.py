"""The ledger: every cent and every contract in double entry, exact and provable.

Owns assets with their own scale, accounts of one asset each, and transfers: one immutable row that debits one account
and credits another of the same asset, so that the books balance by structure. Balances are what the transfers say;
they are kept beside them for speed, rebuilt and compared by `customer-stack ledger verify`.

The contract is TigerBeetle's. An id exists at most once, and an id that failed for a passing reason stays failed. A
transfer may be pending; a pending one is posted in whole or in part, voided, or expires, once. Linked transfers happen
together or not at all. Bounds on an account count what is pending. A closed account moves no more until the closing
transfer is voided. Beyond it: a transfer may state the version or balance that it expects of an account, an effective
time apart from its posting time, and that it is the mirror of an earlier one, which is the only way to undo anything.

Authorising and recording are two modes. An authorised transfer is refused when a bound says no. A recorded one states
what happened outside (the bank moved the money): it is always written, and a broken bound raises an alarm.

What takes from a customer's account names what warrants it: a verdict of clearance in the same transaction, or a cause
from a closed list. The database looks, and believes neither the rules nor the caller.

Never changes or deletes a transfer, never rounds, never learns who an account's owner is beyond an opaque reference.

States of a transfer: pending -> posted | voided | expired; every other transfer is final at once.
Invariants: debits equal credits for each asset; a row's balances are the previous row's plus its own amount; nothing
leaves a customer's account at somebody's wish but by an allow of that operation, used once.
"""
