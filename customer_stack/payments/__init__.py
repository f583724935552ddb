"""Payments: money in and out over real rails, and what the customer and finance are told of it.

Owns the decision table of rails, account formats, beneficiaries, deposits with their virtual references and statements,
withdrawals with their life, the providers behind one port, and the signed events that operators' systems are told.

It keeps no balance: every step that moves money is a transfer of the ledger, and a withdrawal's hold is a pending one.
It never resends what may have arrived: after silence, a 408 or a 5xx the outcome is unknown, and stays so until the
provider is asked and answers. It never drops money that it cannot place: that goes to suspense, onto a work list.

States of a withdrawal (`model.payouts.MACHINE`): requested -> refused | awaiting_approval | queued -> sending ->
submitted | unknown -> completed -> returned, or failed, or cancelled.
Invariants: a withdrawal's pending transfers are posted exactly when it is completed and voided exactly when it is
failed or cancelled; a provider's event has an effect at most once; the same statement line is booked at most once.
"""
