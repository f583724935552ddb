"""Compliance: the clearance of every financial operation, and the file of a customer.

`service.evaluating.Clearance.evaluate` is the one way. It takes operations as a set and answers each with allow, review
or refuse and every reason: KYC at the level that the operation needs, sanctions on both sides, monitoring and risk, what
customers set against themselves, the jurisdiction's limits, the travel rule. It counts earlier items of its batch, locks
accounts in the order of their numbers, and writes its verdicts in the operation's own transaction. A ledger transfer by
a customer's wish names its verdict, and the database believes no other.

A verdict of review is held for staff: they release it or refuse it, two of them above a threshold. A release is good
for one evaluation of the same operation, amount and accounts, for the reasons that were seen, until it runs out.

The file of a customer is put together on demand from every capability that keeps records, as one signed bundle.

Never moves money, never changes or deletes a verdict, never tells a customer more of the reasons than may be told, and
never takes an answer that is missing, pending or wrong for a yes.

States of a review: open -> released | refused; released -> used | lapsed.
Invariant: an allow holds for one transfer, of that amount, in the transaction that reached it.
"""
