"""Knowing the customer: applications, documents, what vendors and officers found, and where an account stands by it.

Owns: applications for a level and their append-only log of events; documents, sealed in pieces; the log of who looked at
which; what vendors' webhooks brought, and what was refused of it; the freeze that a late rejection brings, as a saga.

Never: mints a participant reference (it attaches one that was minted before), lets an account pass because somebody did
not answer, tells a customer why officers think something, or writes a person's data into the audit log.

States of an application: draft -> pending -> verified -> approved, with in_review, returned, rejected, abandoned and
expired beside them. The state is not set: it is derived from the events by `rules.deriving`, whatever their order of
arrival was, and the row holds the last derivation.

Invariants: an approval is bound to a level and to a policy version; a newer policy that the application does not meet
re-opens it. No approval without a clear screening. A rejection by the vendor after an approval freezes the account in
the transaction that hears of it; only two people unfreeze it. Of two officers who decide one wins.
"""
