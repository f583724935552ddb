"""Hits: one row for each subject and entry, however often both were compared."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.screening import model
from customer_stack.screening.model import people

_COLUMNS = """
id, subject, publisher::text, ref, tier::text, score, strong, state::text, cause::text, revision, entity, person,
decision, opened_at, decided_by, decided_at, expires_at, proposed::text, proposed_by, proposed_at"""
_OF = f"SELECT {_COLUMNS} FROM screening_hit WHERE subject = ANY($1::uuid[]) ORDER BY subject, id"  # noqa: S608 -- constants
_HOLD = f"SELECT {_COLUMNS} FROM screening_hit WHERE id = $1 FOR NO KEY UPDATE"  # noqa: S608 -- constants
_ONE = f"SELECT {_COLUMNS} FROM screening_hit WHERE id = $1"  # noqa: S608 -- constants
_PUT = """
INSERT INTO screening_hit (id, subject, owner, publisher, ref, tier, score, strong, state, cause, revision, entity, person,
  decision, opened_at)
SELECT id, $1, $2, publisher::screening_publisher, ref, tier::screening_tier, score, strong, state::screening_hit_state,
  cause::screening_cause, 1, entity, $3, $4, $5
FROM unnest($6::uuid[], $7::text[], $8::text[], $9::text[], $10::integer[], $11::boolean[], $12::text[], $13::text[],
  $14::bytea[]) AS n(id, publisher, ref, tier, score, strong, state, cause, entity)
ON CONFLICT (subject, publisher, ref) DO UPDATE SET tier = excluded.tier, score = excluded.score,
  strong = excluded.strong, state = excluded.state, cause = excluded.cause, revision = screening_hit.revision + 1,
  entity = excluded.entity, person = excluded.person, decision = excluded.decision,
  opened_at = CASE WHEN screening_hit.state = 'open' THEN screening_hit.opened_at ELSE excluded.opened_at END,
  proposed = CASE WHEN excluded.state = 'open' THEN NULL ELSE screening_hit.proposed END,
  proposed_by = CASE WHEN excluded.state = 'open' THEN NULL ELSE screening_hit.proposed_by END,
  proposed_at = CASE WHEN excluded.state = 'open' THEN NULL ELSE screening_hit.proposed_at END"""
_GONE = "UPDATE screening_hit SET state = 'gone', revision = revision + 1 WHERE id = ANY($1::uuid[]) AND state = 'open'"
_DECIDE = """
UPDATE screening_hit SET state = $2::screening_hit_state, cause = $3::screening_cause, revision = revision + 1,
  decided_by = $4, decided_at = $5, expires_at = $6, note = coalesce($7, note),
  opened_at = CASE WHEN $2 = 'open' THEN $5 ELSE opened_at END,
  proposed = CASE WHEN $2::screening_hit_state = proposed THEN proposed END,
  proposed_by = CASE WHEN $2::screening_hit_state = proposed THEN proposed_by END,
  proposed_at = CASE WHEN $2::screening_hit_state = proposed THEN proposed_at END
WHERE id = $1"""
_PROPOSE = """
UPDATE screening_hit SET proposed = $2::screening_hit_state, proposed_by = $3, proposed_at = $4, revision = revision + 1,
  note = coalesce($5, note) WHERE id = $1"""
_OPEN = f"""
SELECT {_COLUMNS} FROM screening_hit WHERE state = 'open' AND ($1::text IS NULL OR tier::text = $1)
  AND ($2::timestamptz IS NULL OR (opened_at, id) > ($2, $3::uuid)) ORDER BY opened_at, id LIMIT $4"""  # noqa: S608 -- constants
_EXPIRED = f"""
SELECT {_COLUMNS} FROM screening_hit WHERE state IN ('false_positive', 'accepted') AND expires_at <= $1
ORDER BY expires_at, id LIMIT $2"""  # noqa: S608 -- constants
_ON = """
SELECT DISTINCT subject FROM screening_hit
WHERE publisher = $1::screening_publisher AND ref = ANY($2::text[]) AND state <> 'gone' AND subject > $3
ORDER BY subject LIMIT $4"""
_REOPEN = """
UPDATE screening_hit SET state = 'open', cause = $2::screening_cause, revision = revision + 1, opened_at = $3,
  proposed = NULL, proposed_by = NULL, proposed_at = NULL
WHERE id = ANY($1::uuid[]) AND state IN ('false_positive', 'accepted', 'true_match') RETURNING id, subject"""
_DELISTED = """
SELECT id, subject, state::text FROM screening_hit
WHERE publisher = $1::screening_publisher AND ref = ANY($2::text[]) AND state IN ('open', 'true_match')
  AND NOT (state = 'open' AND cause = 'delisted') ORDER BY subject, id LIMIT $3"""
_LAPSED = """
SELECT DISTINCT subject FROM screening_hit WHERE subject = ANY($1::uuid[]) AND state IN ('false_positive', 'accepted')
  AND expires_at <= $2"""
_NOTE = "SELECT owner, note FROM screening_hit WHERE id = $1"


async def of(tx: transaction.Tx, subjects: Collection[UUID]) -> dict[UUID, list[people.Hit]]:
    found: dict[UUID, list[people.Hit]] = {subject: [] for subject in subjects}
    for row in await tx.fetch(_OF, list(found)):
        found[row["subject"]].append(_hit(row))
    return found


async def hold(tx: transaction.Tx, number: UUID) -> people.Hit | None:
    row = await tx.row(_HOLD, number)
    return _hit(row) if row else None


async def one(tx: transaction.Tx, number: UUID) -> people.Hit | None:
    row = await tx.row(_ONE, number)
    return _hit(row) if row else None


async def put(
    tx: transaction.Tx,
    made: people.Stored,
    rows: Sequence[tuple[UUID, people.Found, people.HitState, people.Cause]],
) -> None:
    """New hits, and known ones as this decision found them."""
    if not rows:
        return
    await tx.execute(
        _PUT, made.subject, made.owner, made.commitment, made.id, made.at,
        [number for number, *_ in rows],
        [each.publisher.value for _, each, *_ in rows],
        [each.ref for _, each, *_ in rows],
        [each.tier.value for _, each, *_ in rows],
        [each.score for _, each, *_ in rows],
        [each.strong for _, each, *_ in rows],
        [state.value for _, _, state, _ in rows],
        [cause.value for *_, cause in rows],
        [each.entity for _, each, *_ in rows],
    )  # fmt: skip


async def gone(tx: transaction.Tx, numbers: Collection[UUID]) -> None:
    if numbers:
        await tx.execute(_GONE, list(numbers))


async def decide(
    tx: transaction.Tx,
    number: UUID,
    state: people.HitState,
    cause: people.Cause,
    by: UUID,
    now: datetime,
    expires_at: datetime | None,
    note: bytes | None,
) -> None:
    await tx.execute(_DECIDE, number, state.value, cause.value, by, now, expires_at, note)


async def propose(
    tx: transaction.Tx, number: UUID, state: people.HitState, by: UUID, now: datetime, note: bytes | None
) -> None:
    """What the first of two officers says."""
    await tx.execute(_PROPOSE, number, state.value, by, now, note)


async def open_(
    tx: transaction.Tx, tier: people.Tier | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[people.Hit]:
    """What waits for somebody, longest waiting first."""
    at, number = after or (None, None)
    return [_hit(row) for row in await tx.fetch(_OPEN, tier.value if tier else None, at, number, limit)]


async def expired(tx: transaction.Tx, now: datetime, limit: int) -> list[people.Hit]:
    return [_hit(row) for row in await tx.fetch(_EXPIRED, now, limit)]


async def on(
    tx: transaction.Tx, publisher: model.Publisher, refs: Collection[str], after: UUID, limit: int
) -> list[UUID]:
    """Subjects with hits on these entries, in the order of numbers."""
    return [row["subject"] for row in await tx.fetch(_ON, publisher.value, list(refs), after, limit)]


async def delisted(
    tx: transaction.Tx, publisher: model.Publisher, refs: Collection[str], limit: int
) -> list[tuple[UUID, UUID, people.HitState]]:
    """Hits on entries that left the list, with their subjects: open ones, and those that were found to be matches."""
    rows = await tx.fetch(_DELISTED, publisher.value, list(refs), limit)
    return [(row["id"], row["subject"], people.HitState(row["state"])) for row in rows]


async def reopen(tx: transaction.Tx, numbers: Collection[UUID], cause: people.Cause, now: datetime) -> set[UUID]:
    """Open what was decided; which subjects that concerns."""
    return {row["subject"] for row in await tx.fetch(_REOPEN, list(numbers), cause.value, now)}


async def lapsed(tx: transaction.Tx, subjects: Collection[UUID], now: datetime) -> set[UUID]:
    """Whose verdicts have run out, reopened or not yet."""
    return {row["subject"] for row in await tx.fetch(_LAPSED, list(subjects), now)}


async def note(tx: transaction.Tx, number: UUID) -> tuple[UUID, bytes | None]:
    row = await tx.row(_NOTE, number)
    assert row is not None, "the caller has read the hit"
    return row["owner"], row["note"]


def _hit(row: transaction.Record) -> people.Hit:
    return people.Hit(
        id=row["id"],
        subject=row["subject"],
        publisher=model.Publisher(row["publisher"]),
        ref=row["ref"],
        tier=people.Tier(row["tier"]),
        score=row["score"],
        strong=row["strong"],
        state=people.HitState(row["state"]),
        cause=people.Cause(row["cause"]),
        revision=row["revision"],
        entity=row["entity"],
        person=row["person"],
        decision=row["decision"],
        opened_at=row["opened_at"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        expires_at=row["expires_at"],
        proposed=people.HitState(row["proposed"]) if row["proposed"] else None,
        proposed_by=row["proposed_by"],
        proposed_at=row["proposed_at"],
    )
