"""The file of a customer on demand: every part from whoever keeps it, signed as one, and noted that it was taken.

Our own parts are the verdicts with the facts that they were reached on, held operations and their ends, safeguards, and
proofs that the audit log holds the verdicts. Other capabilities bring theirs through `ports.Records`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import canonical, clock, primitives, records
from boundary.kernel.runtime import audit, transaction, verification
from customer_stack.access.service import rights
from customer_stack.compliance import formats, model, ports
from customer_stack.compliance.model import facts
from customer_stack.compliance.repo import evaluating as verdicts
from customer_stack.compliance.repo import filing as repo
from customer_stack.compliance.repo import reviews
from customer_stack.compliance.service import evaluating
from customer_stack.safeguards import service as safeguards

ENTRIES_MAX = 500
"""Of how many entries the proofs are put in; the file says when there are more."""
HISTORY_MAX = 10_000


class Clearances:
    """What we answered to operations, with everything that spoke for and against."""

    name = "clearance"

    async def records(self, tx: transaction.Tx, account: UUID, _now: datetime, _by: UUID | None) -> Any:
        return [
            {
                "verdict": str(row.id),
                "operation": str(row.operation),
                "at": row.at,
                "ledger_account": str(row.ledger_account),
                "asset": row.asset,
                "amount": row.amount,
                "counterparty": str(row.counterparty or ""),
                "destination": row.destination,
                "answer": row.answer,
                "reasons": list(row.reasons),
                "facts": msgspec.to_builtins(msgspec.structs.asdict(canonical.unpack(row.facts, facts.Facts))),
                "row": canonical.pack(row).hex(),
                "hash": evaluating.digest(row).hex(),
            }
            for _, row in await verdicts.of(tx, account)
        ]


class Reviews:
    """Held operations, and who decided them on what ground."""

    name = "reviews"

    async def records(self, tx: transaction.Tx, account: UUID, _now: datetime, _by: UUID | None) -> Any:
        return [
            {
                "verdict": str(each.verdict),
                "operation": str(each.operation),
                "state": each.state.value,
                "ground": each.ground,
                "decided_by": str(each.decided_by or ""),
                "approved_by": str(each.approved_by or ""),
                "decided_at": _micros(each.decided_at),
                "expires_at": _micros(each.expires_at),
                "used_by": str(each.used_by or ""),
            }
            for each in await reviews.of(tx, account)
        ]


class Safeguards:
    """What the customer is held to by their own wish, and how that came about."""

    name = "safeguards"

    async def records(self, tx: transaction.Tx, account: UUID, now: datetime, _by: UUID | None) -> Any:
        shown = await safeguards.shown(tx, account, now)
        history = await safeguards.history(tx, account, None, HISTORY_MAX)
        return {
            "limits": [_plain(each) for each in shown.limits],
            "exclusions": [
                {"kind": each.kind.value, "begins_at": _micros(each.begins_at), "ends_at": _micros(each.ends_at)}
                for each in shown.exclusions
            ],
            "reality_check_minutes": shown.reality.minutes,
            "history": [_plain(change) for _, change in history],
        }


class Proofs:
    """That the audit log holds the verdicts: inclusion proofs as the verifier of proofs reads them."""

    name = "audit"

    async def records(self, tx: transaction.Tx, account: UUID, _now: datetime, _by: UUID | None) -> Any:
        found = await repo.entries(tx, account, ENTRIES_MAX + 1)
        proofs: list[Any] = []
        unsealed = 0
        for number, payload in found[:ENTRIES_MAX]:
            if not isinstance(records.decode(payload, records.Entry), facts.Evaluated):
                continue
            try:
                proofs.append(await verification.proof(tx, number))
            except verification.NotSealed:
                unsealed += 1
        return {"proofs": proofs, "not_sealed_yet": unsealed, "older_left_out": len(found) > ENTRIES_MAX}


OURS: tuple[ports.Records, ...] = (Clearances(), Reviews(), Safeguards(), Proofs())


class File(NamedTuple):
    """Everything there is about one customer, as it leaves."""

    content: bytes
    parts: tuple[str, ...]


async def take(
    tx: transaction.Tx, account: UUID, keepers: Sequence[ports.Records], seed: bytes, now: datetime, *, by: UUID | None
) -> File:
    """Put the file together and sign it; that it was taken, and by whom, is in the audit log before anybody has it."""
    if account not in await rights.effective(tx, [account], now):
        raise model.UnknownCustomer("there is no such customer")
    parts: dict[str, Any] = {}
    for keeper in (*OURS, *keepers):
        if keeper.name in parts:
            raise ValueError("two keepers have one name")
        parts[keeper.name] = await keeper.records(tx, account, now, by)
    content = formats.signed(account, now, parts, seed)
    await audit.write(tx, facts.FileTaken(account, by, primitives.sha256(content)))
    return File(content, tuple(parts))


def _plain(struct: msgspec.Struct) -> dict[str, Any]:
    """Moments as numbers, amounts and ids as text."""
    return {name: _simple(value) for name, value in msgspec.structs.asdict(struct).items()}


def _simple(value: Any) -> Any:
    if isinstance(value, datetime):
        return clock.to_micros(value)
    return "" if value is None else str(value)


def _micros(moment: datetime | None) -> int:
    return 0 if moment is None else clock.to_micros(moment)
