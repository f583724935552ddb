"""Verdicts for tests of those who ask clearance: written as compliance writes them, decided by nobody."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.branding.adapters import files
from customer_stack.branding.rules import packs
from customer_stack.compliance import ports
from customer_stack.compliance.adapters import opening
from customer_stack.compliance.service import evaluating

_ALLOW = """
INSERT INTO clearance (id, at, operation, kind, account, ledger_account, asset, amount, destination, answer, reasons, facts)
SELECT u.id, now(), u.operation, $3::clearance_kind, u.account, u.ledger_account, u.asset, u.amount::numeric, '', 'allow',
  '{}', ''
FROM unnest($1::uuid[], $2::uuid[], $4::uuid[], $5::uuid[], $6::integer[], $7::text[])
  AS u (id, operation, account, ledger_account, asset, amount)"""


def of_strangers(random: ids.Ids) -> evaluating.Clearance:
    """The product's clearance, where nobody knows any customer: all are red to it."""
    packs_ = files.jurisdictions()

    def law(now: datetime) -> ports.Law:
        pack = packs.pack_now(packs_, "LK", now)
        return ports.Law(pack.currency, pack.time_zone, pack.limits)

    return opening.clearance(law, random)


class Operation(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def account(self) -> UUID: ...
    @property
    def ledger_account(self) -> UUID: ...
    @property
    def asset(self) -> int: ...
    @property
    def amount(self) -> int: ...


async def allow(tx: transaction.Tx, kind: str, verdicts: Sequence[UUID], operations: Sequence[Operation]) -> None:
    """An allow for each operation, under these numbers."""
    await tx.execute(
        _ALLOW,
        list(verdicts),
        [each.id for each in operations],
        kind,
        [each.account for each in operations],
        [each.ledger_account for each in operations],
        [each.asset for each in operations],
        [str(each.amount) for each in operations],
    )
