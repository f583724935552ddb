"""Events of both directions as rows: what came in and what became of it, what goes out and to whom it still has to."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.payments import tables
from customer_stack.payments.model import hooks as model

_HEAR = """
INSERT INTO payment_event (provider, key, digest, seen, kind, content, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (provider, key) WHERE key IS NOT NULL DO NOTHING RETURNING id"""
_EVIDENCE = "SELECT id, provider, seen, kind, digest, at FROM payment_event"
_TELL = "INSERT INTO payment_hook_event (kind, body, at) SELECT * FROM unnest($1::text[], $2::bytea[], $3::timestamptz[]) RETURNING id"
_FAN_OUT = """
INSERT INTO payment_hook_delivery (hook, event, due_at)
SELECT h.id, e, $2 FROM payment_hook h CROSS JOIN unnest($1::bigint[]) AS e WHERE h.state = 'active'"""
_TAKE = """
UPDATE payment_hook_delivery SET attempts = attempts + 1, due_at = $1::timestamptz + $2::interval
WHERE (hook, event) IN (
  SELECT d.hook, d.event FROM payment_hook_delivery d JOIN payment_hook h ON h.id = d.hook AND h.state = 'active'
  WHERE d.state = 'waiting' AND d.due_at <= $1 ORDER BY d.due_at, d.event LIMIT $3 FOR UPDATE OF d SKIP LOCKED)
RETURNING hook, event, state::text, attempts, code, due_at"""
_REPLAY = """
INSERT INTO payment_hook_delivery (hook, event, due_at)
SELECT $1, id, $4 FROM payment_hook_event WHERE id > $2 ORDER BY id LIMIT $3
ON CONFLICT (hook, event) DO UPDATE SET state = 'waiting', attempts = 0, due_at = $4"""
_DELIVERIES = """
SELECT hook, event, state::text, attempts, code, due_at FROM payment_hook_delivery
WHERE hook = $1 AND ($2::text IS NULL OR state = $2::payment_hook_delivery_state) AND event > $3 ORDER BY event LIMIT $4"""


async def hear(
    tx: transaction.Tx,
    provider: str,
    key: bytes | None,
    digest: bytes,
    seen: model.Seen,
    kind: str,
    content: bytes | None,
    now: datetime,
) -> int | None:
    """The number of the line; none if an event of this key was heard before."""
    found: int | None = await tx.value(_HEAR, provider, key, digest, seen.value, kind, content, now)
    return found


async def refused_lately(tx: transaction.Tx, provider: str, since: datetime) -> int:
    found: int = await tx.value(
        """SELECT count(*) FROM payment_event WHERE provider = $1 AND seen = ANY($2::text[]) AND at > $3""",
        provider, [each.value for each in model.REFUSED], since,
    )  # fmt: skip
    return found


async def became(tx: transaction.Tx, number: int, seen: model.Seen) -> None:
    await tx.execute("UPDATE payment_event SET seen = $2 WHERE id = $1", number, seen.value)


async def not_held(tx: transaction.Tx, limit: int) -> list[int]:
    rows = await tx.fetch("SELECT id FROM payment_event WHERE seen = 'not_held' ORDER BY id LIMIT $1", limit)
    return [row["id"] for row in rows]


async def one_heard(tx: transaction.Tx, number: int) -> tuple[str, bytes] | None:
    """The provider and the content of an event that waits for its currency, held."""
    row = await tx.row(
        """SELECT provider, content FROM payment_event WHERE id = $1 AND seen = 'not_held' AND content IS NOT NULL
           FOR NO KEY UPDATE""",
        number,
    )
    return (row["provider"], row["content"]) if row else None


async def heard(tx: transaction.Tx, provider: str, after: int, limit: int) -> list[tuple[int, bytes]]:
    """What can be applied again, in the order of arrival."""
    rows = await tx.fetch(
        """SELECT id, content FROM payment_event WHERE provider = $1 AND id > $2 AND content IS NOT NULL
           ORDER BY id LIMIT $3""",
        provider, after, limit,
    )  # fmt: skip
    return [(row["id"], row["content"]) for row in rows]


async def evidence(tx: transaction.Tx, provider: str | None, before: int | None, limit: int) -> list[model.Evidence]:
    rows = await tx.fetch(
        f"{_EVIDENCE} WHERE ($1::text IS NULL OR provider = $1) AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        provider, before, limit,
    )  # fmt: skip
    return [
        model.Evidence(row["id"], row["provider"], model.Seen(row["seen"]), row["kind"], row["digest"], row["at"])
        for row in rows
    ]


async def tell(tx: transaction.Tx, events: Sequence[tuple[str, bytes]], now: datetime) -> None:
    """Write events down, and a delivery of each for every system that is told."""
    rows = await tx.fetch(_TELL, [kind for kind, _ in events], [body for _, body in events], [now] * len(events))
    await tx.execute(_FAN_OUT, [row["id"] for row in rows], now)


async def events(tx: transaction.Tx, numbers: Sequence[int]) -> dict[int, model.Outgoing]:
    rows = await tx.fetch(
        "SELECT id, kind, body, at FROM payment_hook_event WHERE id = ANY($1::bigint[])", list(numbers)
    )
    return {row["id"]: model.Outgoing(*row) for row in rows}


def _hook(row: transaction.Record) -> model.Hook:
    values: dict[str, Any] = dict(row)
    return model.Hook(**values | {"state": model.HookState(row["state"])})


_HOOK = "SELECT id, url, state::text, secret, created_at FROM payment_hook"


async def add_hook(tx: transaction.Tx, made: model.Hook, by: UUID) -> None:
    await tx.insert(
        tables.HOOK, id=made.id, url=made.url, secret=made.secret, created_by=by, created_at=made.created_at
    )


async def hooks(tx: transaction.Tx) -> list[model.Hook]:
    return [_hook(row) for row in await tx.fetch(f"{_HOOK} ORDER BY id")]


async def hook(tx: transaction.Tx, id_: UUID) -> model.Hook | None:
    row = await tx.row(f"{_HOOK} WHERE id = $1 FOR NO KEY UPDATE", id_)
    return _hook(row) if row else None


async def set_state(tx: transaction.Tx, id_: UUID, state: model.HookState) -> None:
    await tx.execute("UPDATE payment_hook SET state = $2::payment_hook_state WHERE id = $1", id_, state.value)


def _delivery(row: transaction.Record) -> model.Delivery:
    return model.Delivery(
        row["hook"], row["event"], model.DeliveryState(row["state"]), row["attempts"], row["code"], row["due_at"]
    )


async def take(tx: transaction.Tx, now: datetime, lease: timedelta, limit: int) -> list[model.Delivery]:
    """Deliveries that are due, ours until the lease has run out."""
    return [_delivery(row) for row in await tx.fetch(_TAKE, now, lease, limit)]


async def record(
    tx: transaction.Tx, each: model.Delivery, state: model.DeliveryState, code: str, due_at: datetime
) -> None:
    await tx.execute(
        """UPDATE payment_hook_delivery SET state = $4::payment_hook_delivery_state, code = $5, due_at = $6
           WHERE hook = $1 AND event = $2 AND attempts = $3""",
        each.hook, each.event, each.attempts, state.value, code, due_at,
    )  # fmt: skip


async def replay(tx: transaction.Tx, hook_: UUID, after: int, limit: int, now: datetime) -> int:
    return await tx.execute(_REPLAY, hook_, after, limit, now)


async def deliveries(
    tx: transaction.Tx, hook_: UUID, state: model.DeliveryState | None, after: int, limit: int
) -> list[model.Delivery]:
    rows = await tx.fetch(_DELIVERIES, hook_, state.value if state else None, after, limit)
    return [_delivery(row) for row in rows]
