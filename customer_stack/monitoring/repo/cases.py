"""Cases and what belongs to them. Reads find rows only where the wall lets them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.monitoring.model import cases

NIL = UUID(int=0)
_FIELDS = """
id, kind, subject, link, reasons, state::text, investigator, conclusion::text, approver, version, opened_at, due_at,
overdue_at, closed_at"""
_ENTER = "SELECT set_config('monitoring.officer', $1, true)"
_SEES = "SELECT monitoring_sees()"
_OPEN = "SELECT opened, is_new FROM monitoring_open($1, $2, $3, $4, $5, $6, $7)"
_NOT_OWN = "subject::text IS DISTINCT FROM current_setting('monitoring.officer', true)"
"""An officer does not see what is there about themselves."""
_ONE = f"SELECT {_FIELDS} FROM monitoring_case WHERE id = $1 AND {_NOT_OWN}"  # noqa: S608 -- constants
_HOLD = f"{_ONE} FOR UPDATE"
_SOME = f"""
SELECT {_FIELDS} FROM monitoring_case
WHERE {_NOT_OWN} AND ($1::text IS NULL OR state::text = $1) AND ($2::text IS NULL OR kind = $2) AND ($3::uuid IS NULL OR subject = $3)
  AND ($4::uuid IS NULL OR investigator = $4) AND (NOT $5::boolean OR investigator IS NULL AND state <> 'closed')
  AND (NOT $6::boolean OR overdue_at IS NOT NULL AND state <> 'closed')
  AND ($7::timestamptz IS NULL OR (opened_at, id) < ($7, $8)) ORDER BY opened_at DESC, id DESC LIMIT $9"""  # noqa: S608 -- constants
_WORKED = "SELECT DISTINCT by FROM monitoring_case_event WHERE case_id = $1 AND what = 'claim'"
_MOVE = """
UPDATE monitoring_case SET state = $2::text::monitoring_case_state, investigator = $3,
  conclusion = $4::text::monitoring_conclusion, approver = $5, closed_at = $6, version = version + 1 WHERE id = $1"""
_TOUCH = "UPDATE monitoring_case SET version = version + 1 WHERE id = $1 AND state <> 'closed'"
_TELL = """
INSERT INTO monitoring_case_event (case_id, what, by, at)
SELECT c, $2::text::monitoring_case_happening, $3, $4 FROM unnest($1::uuid[]) AS c"""
_HISTORY = "SELECT what::text, by, at FROM monitoring_case_event WHERE case_id = $1 ORDER BY id"
_LINK = """
INSERT INTO monitoring_case_link (one, other, by, at) VALUES (least($1::uuid, $2), greatest($1::uuid, $2), $3, $4)
ON CONFLICT DO NOTHING"""
_LINKED = """
SELECT other FROM monitoring_case_link WHERE one = $1 UNION ALL SELECT one FROM monitoring_case_link WHERE other = $1"""
_NOTE = "INSERT INTO monitoring_note (id, case_id, author, text, at) VALUES ($1, $2, $3, $4, $5)"
_NOTES = "SELECT id, author, at, text FROM monitoring_note WHERE case_id = $1 ORDER BY at, id"
_PUT = """
INSERT INTO monitoring_evidence (id, case_id, author, name, media_type, size, content, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""
_EVIDENCE = """
SELECT id, author, at, name, media_type, size FROM monitoring_evidence WHERE case_id = $1 ORDER BY at, id"""
_CONTENT = "SELECT name, media_type, content FROM monitoring_evidence WHERE case_id = $1 AND id = $2"
_OVERDUE = """
UPDATE monitoring_case SET overdue_at = $1, version = version + 1 WHERE id = ANY(ARRAY(
  SELECT id FROM monitoring_case WHERE state <> 'closed' AND overdue_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT $2
  FOR UPDATE SKIP LOCKED)) RETURNING id"""


async def enter(tx: transaction.Tx, officer: UUID) -> None:
    """Say for whom this transaction looks behind the wall. The database decides whether that officer may."""
    await tx.execute(_ENTER, str(officer))


async def sees(tx: transaction.Tx) -> bool:
    """Whether whoever this transaction looks for may look."""
    found: bool = await tx.value(_SEES)
    return found


async def open_(
    tx: transaction.Tx,
    fresh: UUID,
    kind: str,
    subject: UUID,
    link: UUID | None,
    reasons: Sequence[str],
    at: datetime,
    due: datetime,
) -> tuple[UUID, bool]:
    row = await tx.row(_OPEN, fresh, kind, subject, link or NIL, list(reasons), at, due)
    assert row is not None, "the function answers with one row"
    return row["opened"], row["is_new"]


async def one(tx: transaction.Tx, case: UUID, *, hold: bool = False) -> cases.Case | None:
    row = await tx.row(_HOLD if hold else _ONE, case)
    return _case(row) if row else None


async def some(
    tx: transaction.Tx, wanted: cases.Filter, after: tuple[datetime, UUID] | None, limit: int
) -> list[cases.Case]:
    rows = await tx.fetch(
        _SOME, wanted.state and wanted.state.value, wanted.kind, wanted.subject, wanted.investigator, wanted.unclaimed,
        wanted.overdue, *(after or (None, None)), limit,
    )  # fmt: skip
    return [_case(row) for row in rows]


def _case(row: transaction.Record) -> cases.Case:
    return cases.Case(
        id=row["id"],
        kind=row["kind"],
        subject=row["subject"],
        link=None if row["link"] == NIL else row["link"],
        reasons=tuple(row["reasons"]),
        state=cases.State(row["state"]),
        investigator=row["investigator"],
        conclusion=cases.Conclusion(row["conclusion"]) if row["conclusion"] else None,
        approver=row["approver"],
        version=row["version"],
        opened_at=row["opened_at"],
        due_at=row["due_at"],
        overdue_at=row["overdue_at"],
        closed_at=row["closed_at"],
    )


async def worked(tx: transaction.Tx, case: UUID) -> set[UUID]:
    """Whoever ever claimed it."""
    return {row["by"] for row in await tx.fetch(_WORKED, case)}


async def move(tx: transaction.Tx, case: cases.Case) -> None:
    """Write the state and who is in it, as they stand here."""
    conclusion = case.conclusion and case.conclusion.value
    await tx.execute(_MOVE, case.id, case.state.value, case.investigator, conclusion, case.approver, case.closed_at)


async def touch(tx: transaction.Tx, case: UUID) -> None:
    """It is another version of the case once something was put to it."""
    await tx.execute(_TOUCH, case)


async def tell(tx: transaction.Tx, of: Collection[UUID], what: str, by: UUID | None, at: datetime) -> None:
    await tx.execute(_TELL, list(of), what, by, at)


async def history(tx: transaction.Tx, case: UUID) -> list[cases.Entry]:
    return [cases.Entry(*row) for row in await tx.fetch(_HISTORY, case)]


async def link(tx: transaction.Tx, one_: UUID, other: UUID, by: UUID, at: datetime) -> bool:
    return bool(await tx.execute(_LINK, one_, other, by, at))


async def linked(tx: transaction.Tx, case: UUID) -> list[UUID]:
    return [row["other"] for row in await tx.fetch(_LINKED, case)]


async def add_note(tx: transaction.Tx, id_: UUID, case: UUID, author: UUID, text: bytes, at: datetime) -> None:
    await tx.execute(_NOTE, id_, case, author, text, at)


async def notes(tx: transaction.Tx, case: UUID) -> list[transaction.Record]:
    return await tx.fetch(_NOTES, case)


async def add_evidence(tx: transaction.Tx, case: UUID, said: cases.Evidence, name: bytes, content: bytes) -> None:
    await tx.execute(_PUT, said.id, case, said.author, name, said.media_type, said.size, content, said.at)


async def evidence(tx: transaction.Tx, case: UUID) -> list[transaction.Record]:
    return await tx.fetch(_EVIDENCE, case)


async def content(tx: transaction.Tx, case: UUID, id_: UUID) -> transaction.Record | None:
    return await tx.row(_CONTENT, case, id_)


async def overdue(tx: transaction.Tx, now: datetime, limit: int) -> list[UUID]:
    """Note those whose time is over, once each."""
    return [row["id"] for row in await tx.fetch(_OVERDUE, now, limit)]
