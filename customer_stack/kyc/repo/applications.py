"""Applications and their events."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.kyc import model

_APPLICATIONS = """
SELECT id, account, level, policy_version, state::text, waiting, session, revision, reasons, residence, applicant,
claimed_by, claimed_at, approved_at, expires_at, attached_at, created_at, submitted_at, changed_at, form,
customer_text, private_text FROM kyc_application """
_ADD = """
INSERT INTO kyc_application (id, account, level, policy_version, state, created_at, changed_at)
VALUES ($1, $2, $3, $4, 'draft', $5, $5) ON CONFLICT DO NOTHING"""
_GET = _APPLICATIONS + "WHERE id = $1"
_OF = _APPLICATIONS + "WHERE account = $1 ORDER BY created_at DESC, id"
_LET_IN = "SELECT EXISTS (SELECT FROM kyc_application WHERE account = $1 AND approved_at IS NOT NULL)"
_QUEUE = (
    _APPLICATIONS
    + """
WHERE ($1::text IS NULL OR state::text = $1) AND ($2::int IS NULL OR level = $2) AND ($3::text IS NULL OR waiting = $3)
  AND ($4::uuid IS NULL OR claimed_by = $4) AND (NOT $5::bool OR claimed_by IS NULL) AND submitted_at IS NOT NULL
  AND ($6::timestamptz IS NULL OR (submitted_at, id) > ($6, $7)) ORDER BY submitted_at, id LIMIT $8"""
)
_SUBMIT = """
UPDATE kyc_application SET form = $2, document_index = $3, residence = $4, submitted_at = $5, policy_version = $6
WHERE id = $1"""
_SAVE = """
UPDATE kyc_application SET state = $2::text::kyc_state, session = $3, reasons = $4, policy_version = $5, waiting = $6,
  revision = revision + 1, changed_at = $7, customer_text = CASE WHEN $11 THEN $8 ELSE customer_text END,
  private_text = CASE WHEN $11 THEN $9 ELSE private_text END, claimed_by = CASE WHEN $10 THEN NULL ELSE claimed_by END,
  claimed_at = CASE WHEN $10 THEN NULL ELSE claimed_at END WHERE id = $1"""
_APPROVED = "UPDATE kyc_application SET approved_at = $2, expires_at = $3 WHERE id = $1"
_WAIT = "UPDATE kyc_application SET waiting = $2 WHERE id = $1 AND waiting <> $2"
_APPLICANT = "UPDATE kyc_application SET applicant = $2 WHERE id = $1"
_CLAIM = """
UPDATE kyc_application SET claimed_by = $2, claimed_at = $3, revision = revision + 1, changed_at = coalesce($3, changed_at)
WHERE id = $1"""
_ATTACHED = "UPDATE kyc_application SET attached_at = $2, waiting = '' WHERE id = $1"
_LOG = """
INSERT INTO kyc_event (application, account, event, source, sequence, digest, level, policy_version, reasons, by, at)
VALUES ($1, $2, $3::text::kyc_event_kind, $4::text::kyc_source, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (digest) DO NOTHING RETURNING id"""
_TEXT = "INSERT INTO kyc_event_text (event, account, texts) VALUES ($1, $2, $3)"
_EVENTS = """
SELECT id, application, event::text, source::text, sequence, digest, level, policy_version, reasons, by, at
FROM kyc_event WHERE application = $1 ORDER BY id"""
_TEXTS = "SELECT event, texts FROM kyc_event_text WHERE event = ANY($1::bigint[]) ORDER BY event"
_IN_USE = """
SELECT EXISTS (SELECT FROM kyc_application WHERE document_index = $1 AND account <> $2
  AND state NOT IN ('abandoned', 'draft'))"""
_WAITING = """
SELECT id FROM kyc_application WHERE state = ANY($1::text[]::kyc_state[]) AND waiting = ANY($2::text[])
  AND changed_at <= $3 ORDER BY hashtext(id::text || $3::text), id LIMIT $4"""
_UNATTACHED = """
SELECT id FROM kyc_application WHERE state = 'approved' AND attached_at IS NULL ORDER BY approved_at, id LIMIT $1"""
_OVERDUE = (
    _APPLICATIONS
    + """
WHERE state = 'approved' AND expires_at <= $1 ORDER BY expires_at, id LIMIT $2
FOR UPDATE SKIP LOCKED"""
)
_FORSAKEN = (
    _APPLICATIONS
    + """
WHERE (state IN ('draft', 'returned') OR (state = 'pending' AND waiting = 'vendor'))
  AND changed_at <= $1 ORDER BY changed_at, id LIMIT $2 FOR UPDATE SKIP LOCKED"""
)
_OLDER = (
    _APPLICATIONS
    + """
WHERE state = 'approved' AND policy_version < $1 ORDER BY id LIMIT $2
FOR UPDATE SKIP LOCKED"""
)
_APPROVED_AFTER = """
SELECT id, account, approved_at, expires_at FROM kyc_application WHERE state = 'approved' AND id > $1
ORDER BY id LIMIT $2"""
_SHORTEN = "UPDATE kyc_application SET expires_at = $2 WHERE id = $1 AND expires_at > $2"
_STANDING = """
SELECT a.account, best.level, newest.state::text AS state, coalesce(best.policy_version, newest.policy_version, 0) AS version,
  coalesce(best.residence, newest.residence, '') AS residence, f.account IS NOT NULL AS frozen, best.level IS NOT NULL AS held
FROM unnest($1::uuid[]) AS a (account)
LEFT JOIN LATERAL (SELECT level, policy_version, residence FROM kyc_application k
  WHERE k.account = a.account AND k.state = 'approved' AND k.expires_at > $2 ORDER BY level DESC LIMIT 1) best ON true
LEFT JOIN LATERAL (SELECT CASE WHEN k.state = 'approved' THEN 'expired' ELSE k.state::text END AS state, policy_version,
  residence FROM kyc_application k WHERE k.account = a.account ORDER BY created_at DESC, id LIMIT 1) newest ON true
LEFT JOIN kyc_freeze f ON f.account = a.account"""

_COUNTS = """
SELECT state::text AS state, level, waiting, count(*) AS count FROM kyc_application GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""


async def add(tx: transaction.Tx, id_: UUID, account: UUID, level: int, version: int, now: datetime) -> bool:
    """Whether it was added: an account has one open application."""
    return bool(await tx.execute(_ADD, id_, account, level, version, now))


async def get(tx: transaction.Tx, id_: UUID, *, hold: bool = False) -> model.Application | None:
    row = await tx.row(_GET + (" FOR UPDATE" if hold else ""), id_)
    return _application(row) if row else None


async def of(tx: transaction.Tx, account: UUID) -> list[model.Application]:
    return [_application(row) for row in await tx.fetch(_OF, account)]


async def was_let_in(tx: transaction.Tx, account: UUID) -> bool:
    """Whether any application of the account was ever approved."""
    found: bool = await tx.value(_LET_IN, account)
    return found


async def queue(
    tx: transaction.Tx,
    *,
    state: str | None,
    level: int | None,
    waiting: str | None,
    claimed_by: UUID | None,
    unclaimed: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[model.Application]:
    at, id_ = after or (None, None)
    rows = await tx.fetch(_QUEUE, state, level, waiting, claimed_by, unclaimed, at, id_, limit)
    return [_application(row) for row in rows]


async def submit(
    tx: transaction.Tx,
    id_: UUID,
    *,
    form: bytes,
    index: bytes,
    residence: str,
    version: int,
    now: datetime,
) -> None:
    await tx.execute(_SUBMIT, id_, form, index, residence, now, version)


async def save(
    tx: transaction.Tx,
    id_: UUID,
    *,
    state: model.State,
    session: int,
    reasons: Sequence[str],
    version: int,
    waiting: model.Waiting,
    texts: tuple[bytes | None, bytes | None],
    free: bool,
    moved: bool,
    now: datetime,
) -> None:
    """What was derived. `free`: nobody works on it any more. `moved`: the texts are those of this state, or none."""
    await tx.execute(_SAVE, id_, state.value, session, list(reasons), version, waiting.value, now, *texts, free, moved)


async def approved(tx: transaction.Tx, id_: UUID, now: datetime, until: datetime) -> None:
    await tx.execute(_APPROVED, id_, now, until)


async def wait(tx: transaction.Tx, id_: UUID, waiting: model.Waiting) -> None:
    await tx.execute(_WAIT, id_, waiting.value)


async def name(tx: transaction.Tx, id_: UUID, applicant: str) -> None:
    await tx.execute(_APPLICANT, id_, applicant)


async def claim(tx: transaction.Tx, id_: UUID, by: UUID | None, at: datetime | None) -> None:
    await tx.execute(_CLAIM, id_, by, at)


async def attached(tx: transaction.Tx, id_: UUID, now: datetime) -> None:
    await tx.execute(_ATTACHED, id_, now)


async def log(tx: transaction.Tx, account: UUID, event: model.Logged, now: datetime) -> int | None:
    """The event's number, or nothing if it is there already."""
    number: int | None = await tx.value(
        _LOG,
        event.application,
        account,
        event.event.value,
        event.source.value,
        event.sequence,
        event.digest,
        event.level,
        event.policy_version,
        list(event.reasons),
        event.by,
        now,
    )
    return number


async def add_text(tx: transaction.Tx, event: int, account: UUID, texts: bytes) -> None:
    await tx.execute(_TEXT, event, account, texts)


async def events(tx: transaction.Tx, application: UUID) -> list[tuple[int, datetime, model.Logged]]:
    return [(row["id"], row["at"], _logged(row)) for row in await tx.fetch(_EVENTS, application)]


async def texts(tx: transaction.Tx, numbers: Collection[int]) -> list[tuple[int, bytes]]:
    return [(row["event"], row["texts"]) for row in await tx.fetch(_TEXTS, list(numbers))]


async def in_use(tx: transaction.Tx, index: bytes, account: UUID) -> bool:
    found: bool = await tx.value(_IN_USE, index, account)
    return found


async def waiting(
    tx: transaction.Tx,
    states: Collection[model.State],
    reasons: Collection[model.Waiting],
    since: datetime,
    limit: int,
) -> list[UUID]:
    """In another order each time: those that stay must not keep the others from their turn."""
    wanted = [each.value for each in states], [each.value for each in reasons]
    return [row["id"] for row in await tx.fetch(_WAITING, *wanted, since, limit)]


async def unattached(tx: transaction.Tx, limit: int) -> list[UUID]:
    return [row["id"] for row in await tx.fetch(_UNATTACHED, limit)]


async def overdue(tx: transaction.Tx, now: datetime, limit: int) -> list[model.Application]:
    return [_application(row) for row in await tx.fetch(_OVERDUE, now, limit)]


async def forsaken(tx: transaction.Tx, since: datetime, limit: int) -> list[model.Application]:
    return [_application(row) for row in await tx.fetch(_FORSAKEN, since, limit)]


async def older(tx: transaction.Tx, version: int, limit: int) -> list[model.Application]:
    """Approved under an earlier policy than this."""
    return [_application(row) for row in await tx.fetch(_OLDER, version, limit)]


async def approved_after(tx: transaction.Tx, after: UUID, limit: int) -> list[transaction.Record]:
    return await tx.fetch(_APPROVED_AFTER, after, limit)


async def shorten(tx: transaction.Tx, id_: UUID, until: datetime) -> bool:
    return bool(await tx.execute(_SHORTEN, id_, until))


async def standings(tx: transaction.Tx, accounts: Collection[UUID], now: datetime) -> list[transaction.Record]:
    return await tx.fetch(_STANDING, list(accounts), now)


def _application(row: Any) -> model.Application:
    return model.Application(
        **{
            **dict(row),
            "state": model.State(row["state"]),
            "waiting": model.Waiting(row["waiting"]),
            "reasons": tuple(row["reasons"]),
        }
    )


def _logged(row: Any) -> model.Logged:
    return model.Logged(
        application=row["application"],
        event=model.Event(row["event"]),
        source=model.Source(row["source"]),
        sequence=row["sequence"],
        digest=row["digest"],
        level=row["level"],
        policy_version=row["policy_version"],
        reasons=tuple(row["reasons"]),
        by=row["by"],
    )


async def counts(tx: transaction.Tx) -> list[transaction.Record]:
    return await tx.fetch(_COUNTS)
