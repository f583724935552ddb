"""Monitoring: what money does, judged by rules that are data; alerts, cases, reports to the authority.

Owns the rules of a jurisdiction in versions (the first is shipped, every later one decided by two people), the alerts
that they raise over operations and over what was posted, the risk of each customer, cases with their evidence, and the
reports that leave the house. Facts are computed from the ledger each time they are asked for; there is no counter of
its own that could disagree with the books.

A rule that cannot be computed (no rate, no rules at all) answers `review`, never `pass`. A shadow rule is evaluated
and counted, and does nothing else.

A case is behind a wall: its tables show no row to a session that has not named an officer whose rights, read by the
database at that moment, let them see it. Alerts and cases are opened through functions that tell nothing back that a
customer or support could use. Nobody approves what they investigated; the database refuses it as well.

Never decides about a transfer (that is `compliance`), never tells a customer anything, never sends a report that one
person alone wanted to send.

States of a case: open -> investigating -> escalated -> deciding -> closed.
States of a report: draft -> approved -> exported -> acknowledged, or discarded.
Invariants: a rule alerts at most once for an operation, or once for an account in its `once_per`; a qualifying
transaction stands in exactly one threshold report; what was exported is never changed.
"""
