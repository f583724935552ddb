"""Reports and the record of what left. Reads find rows only where the wall lets them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.monitoring.model import reports

_FIELDS = """
id, kind::text, code, case_id, subject, transfer, state::text, version, digest, due_at, overdue_at, created_at,
drafted_by, approved_by, reference"""
_ADD = """
INSERT INTO monitoring_report (id, kind, code, case_id, subject, digest, content, due_at, drafted_by, created_at)
VALUES ($1, $2::text::monitoring_report_kind, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING"""
_ADD_THRESHOLDS = """
INSERT INTO monitoring_report (id, kind, code, subject, transfer, digest, content, due_at, created_at)
SELECT id, 'threshold', $2, subject, transfer, digest, content, due, $8
FROM unnest($1::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::bytea[], $7::timestamptz[])
  AS r(id, subject, transfer, digest, content, due) ORDER BY transfer ON CONFLICT DO NOTHING RETURNING id, digest"""
_REPORTED = "SELECT transfer FROM monitoring_report WHERE kind = 'threshold' AND transfer = ANY($1)"
_ONE = f"SELECT {_FIELDS} FROM monitoring_report WHERE id = $1"  # noqa: S608 -- constants
_CONTENT = "SELECT content FROM monitoring_report WHERE id = $1"
_FILE = "SELECT file FROM monitoring_report WHERE id = $1"
_SOME = f"""
SELECT {_FIELDS} FROM monitoring_report
WHERE ($1::text IS NULL OR state::text = $1) AND ($2::text IS NULL OR kind::text = $2)
  AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4)) ORDER BY created_at DESC, id DESC LIMIT $5"""  # noqa: S608 -- constants
_ABOUT = f"SELECT {_FIELDS} FROM monitoring_report WHERE subject = $1 ORDER BY created_at, id"  # noqa: S608 -- constants
_REVISE = """
UPDATE monitoring_report SET content = $2, digest = $3, version = version + 1 WHERE id = $1 AND state = 'draft'"""
_APPROVE = """
UPDATE monitoring_report SET state = 'approved', proposed_by = $2, approved_by = $3, version = version + 1
WHERE id = $1"""
_DISCARD = "UPDATE monitoring_report SET state = 'discarded', version = version + 1 WHERE id = $1"
_ACKNOWLEDGE = """
UPDATE monitoring_report SET state = 'acknowledged', reference = $2, version = version + 1 WHERE id = $1"""
_WAITING = "SELECT id FROM monitoring_report WHERE state = 'approved' ORDER BY due_at, id LIMIT $1"
_EXPORT = "UPDATE monitoring_report SET state = 'exported', file = $2, version = version + 1 WHERE id = $1"
_RECORD = """
INSERT INTO monitoring_export (report, sha256, size, signature, public_key, at) VALUES ($1, $2, $3, $4, $5, $6)"""
_EXPORTED = "SELECT report, sha256, size, signature, public_key, at FROM monitoring_export WHERE report = $1"
_OVERDUE = """
UPDATE monitoring_report SET overdue_at = $1 WHERE id = ANY(ARRAY(
  SELECT id FROM monitoring_report WHERE state IN ('draft', 'approved') AND overdue_at IS NULL AND due_at <= $1
  ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING id"""
_KEEP_TRAVEL = """
INSERT INTO monitoring_travel (operation, account, fields, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"""
_TRAVEL = "SELECT account, fields FROM monitoring_travel WHERE operation = ANY($1)"


async def add(tx: transaction.Tx, report: reports.Report, content: bytes) -> bool:
    """Whether it was added: a case has one report that was not discarded."""
    return bool(
        await tx.execute(
            _ADD, report.id, report.kind.value, report.code, report.case, report.subject, report.digest, content,
            report.due_at, report.drafted_by, report.created_at,
        )
    )  # fmt: skip


async def add_thresholds(
    tx: transaction.Tx, code: str, found: Sequence[reports.Report], contents: Sequence[bytes], now: datetime
) -> list[tuple[UUID, bytes]]:
    """Those that were not there yet, by id and digest."""
    rows = await tx.fetch(
        _ADD_THRESHOLDS,
        [each.id for each in found],
        code,
        [each.subject for each in found],
        [each.transfer for each in found],
        [each.digest for each in found],
        list(contents),
        [each.due_at for each in found],
        now,
    )
    return [(row["id"], row["digest"]) for row in rows]


async def reported(tx: transaction.Tx, transfers: Collection[UUID]) -> set[UUID]:
    """Of these, what stands in a threshold report already."""
    return {row["transfer"] for row in await tx.fetch(_REPORTED, list(transfers))}


async def about(tx: transaction.Tx, subject: UUID) -> list[reports.Report]:
    """Every report about somebody, oldest first."""
    return [_report(row) for row in await tx.fetch(_ABOUT, subject)]


async def one(tx: transaction.Tx, report: UUID, *, hold: bool = False) -> reports.Report | None:
    row = await tx.row(_ONE + " FOR UPDATE" * hold, report)
    return _report(row) if row else None


async def some(
    tx: transaction.Tx, state: str | None, kind: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[reports.Report]:
    rows = await tx.fetch(_SOME, state, kind, *(after or (None, None)), limit)
    return [_report(row) for row in rows]


def _report(row: transaction.Record) -> reports.Report:
    return reports.Report(
        id=row["id"],
        kind=reports.Kind(row["kind"]),
        code=row["code"],
        case=row["case_id"],
        subject=row["subject"],
        transfer=row["transfer"],
        state=reports.State(row["state"]),
        version=row["version"],
        digest=row["digest"],
        due_at=row["due_at"],
        overdue_at=row["overdue_at"],
        created_at=row["created_at"],
        drafted_by=row["drafted_by"],
        approved_by=row["approved_by"],
        reference=row["reference"],
    )


async def content(tx: transaction.Tx, report: UUID) -> bytes:
    found: bytes = await tx.value(_CONTENT, report)
    return found


async def file(tx: transaction.Tx, report: UUID) -> bytes | None:
    found: bytes | None = await tx.value(_FILE, report)
    return found


async def revise(tx: transaction.Tx, report: UUID, sealed: bytes, digest: bytes) -> bool:
    return bool(await tx.execute(_REVISE, report, sealed, digest))


async def approve(tx: transaction.Tx, report: UUID, first: UUID, second: UUID) -> None:
    await tx.execute(_APPROVE, report, first, second)


async def discard(tx: transaction.Tx, report: UUID) -> None:
    await tx.execute(_DISCARD, report)


async def acknowledge(tx: transaction.Tx, report: UUID, reference: str) -> None:
    await tx.execute(_ACKNOWLEDGE, report, reference)


async def waiting(tx: transaction.Tx, limit: int) -> list[UUID]:
    """Approved and not exported."""
    return [row["id"] for row in await tx.fetch(_WAITING, limit)]


async def export(tx: transaction.Tx, made: reports.Export, sealed: bytes) -> None:
    await tx.execute(_EXPORT, made.report, sealed)
    await tx.execute(_RECORD, made.report, made.sha256, made.size, made.signature, made.public_key, made.at)


async def exported(tx: transaction.Tx, report: UUID) -> reports.Export | None:
    row = await tx.row(_EXPORTED, report)
    return reports.Export(*row) if row else None


async def overdue(tx: transaction.Tx, now: datetime, limit: int) -> list[UUID]:
    """Note those whose time is over, once each."""
    return [row["id"] for row in await tx.fetch(_OVERDUE, now, limit)]


async def keep_travel(tx: transaction.Tx, operation: UUID, account: UUID, sealed: bytes, at: datetime) -> bool:
    return bool(await tx.execute(_KEEP_TRAVEL, operation, account, sealed, at))


async def travel(tx: transaction.Tx, operation: UUID) -> tuple[UUID, bytes] | None:
    row = await tx.row(_TRAVEL, [operation])
    return (row["account"], row["fields"]) if row else None
