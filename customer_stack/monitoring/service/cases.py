"""Cases: opened by whoever finds something, worked on by one officer, ended by another.

Reading finds nothing unless the transaction said for whom it looks (`enter`) and that officer may. Opening tells its
caller the number and nothing else, so that it can be done from a customer's own request.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import ids
from boundary.kernel.runtime import audit, telemetry, transaction
from customer_stack.monitoring import model
from customer_stack.monitoring.model import cases, entries
from customer_stack.monitoring.repo import alerts as alerts_repo
from customer_stack.monitoring.repo import cases as repo
from customer_stack.monitoring.rules import cases as rules
from customer_stack.monitoring.rules import deadlines
from customer_stack.monitoring.service import rulebook
from customer_stack.vault import model as vault_model
from customer_stack.vault import service as vault_service

WITHOUT_RULES = timedelta(days=1)
"""By when a case is due while there are no rules to say it."""
OVERDUE_MAX = 500
NOTE, NAME, CONTENT = "case_note", "evidence_name", "evidence"

OVERDUE = telemetry.Event("monitoring.cases_overdue", count=int)


class File(NamedTuple):
    """All of a case that its page shows."""

    case: cases.Case
    history: Sequence[cases.Entry]
    notes: Sequence[cases.Note]
    evidence: Sequence[cases.Evidence]
    linked: Sequence[UUID]
    alerts: Sequence[transaction.Record]


async def open_(
    tx: transaction.Tx,
    *,
    kind: str,
    subject: UUID,
    reasons: tuple[str, ...],
    link: UUID | None,
    now: datetime,
    random: ids.Ids,
) -> UUID:
    """The open case of this kind about this subject and link: the one that is there, or a new one."""
    codes = rules.check_codes(kind, reasons)
    version = await rulebook.in_force(tx, now)
    due = deadlines.due(now, version.pack.deadlines.case, version.pack) if version else now + WITHOUT_RULES
    case, fresh = await repo.open_(tx, random.ref(), kind, subject, link, codes, now, due)
    if fresh:
        await audit.write(tx, entries.CaseOpened(case))
    return case


async def enter(tx: transaction.Tx, officer: UUID) -> None:
    """Say for whom this transaction looks. The database asks the register of rights whether that officer may."""
    await repo.enter(tx, officer)


async def some(
    tx: transaction.Tx, wanted: cases.Filter, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[cases.Case]:
    """The newest first."""
    return await repo.some(tx, wanted, after, limit)


async def one(tx: transaction.Tx, case: UUID) -> cases.Case:
    return _there(await repo.one(tx, case))


async def file(tx: transaction.Tx, vault: vault_service.Vault, case: UUID, by: UUID) -> File:
    """Every look is in the audit log, here as with evidence."""
    found = await one(tx, case)
    await audit.write(tx, entries.Looked(case, by))
    notes = await repo.notes(tx, case)
    texts = await vault.open_rows(tx, case, NOTE, [row["text"] for row in notes])
    shown = [cases.Note(row["id"], row["author"], row["at"], text) for row, text in zip(notes, texts, strict=True)]
    put = await repo.evidence(tx, case)
    names = await vault.open_rows(tx, case, NAME, [row["name"] for row in put])
    evidence = [
        cases.Evidence(
            id=row["id"], author=row["author"], at=row["at"], name=name, media_type=row["media_type"], size=row["size"]
        )
        for row, name in zip(put, names, strict=True)
    ]
    alerts = await alerts_repo.some(tx, None, None, None, case, None, 100)
    return File(found, await repo.history(tx, case), shown, evidence, await repo.linked(tx, case), alerts)


async def move(
    tx: transaction.Tx,
    case: UUID,
    event: cases.Event,
    by: UUID,
    now: datetime,
    check: Callable[[cases.Case], None],
    *,
    conclusion: cases.Conclusion | None = None,
) -> cases.Case:
    """Do what the table allows. `check` sees the case as it is, held until the transaction ends; a claim that comes
    too late is told by whom it was taken before it is told that its version is old.
    """
    held = await _held(tx, case)
    following = rules.move(held, event, by, await repo.worked(tx, case))
    check(held)
    moved = _moved(held, event, following, by, now, conclusion)
    await repo.move(tx, moved)
    await repo.tell(tx, [case], event.value, by, now)
    await audit.write(tx, entries.CaseMoved(case, event, following, by))
    return moved


def _moved(
    held: cases.Case,
    event: cases.Event,
    following: cases.State,
    by: UUID,
    now: datetime,
    conclusion: cases.Conclusion | None,
) -> cases.Case:
    changes: dict[str, object] = {}
    match event:
        case cases.Event.CLAIM:
            changes = {"investigator": by}
        case cases.Event.RELEASE | cases.Event.ESCALATE:
            changes = {"investigator": None}
        case cases.Event.CONCLUDE:
            changes = {"conclusion": conclusion}
        case cases.Event.SEND_BACK:
            changes = {"conclusion": None}
        case cases.Event.APPROVE:
            changes = {"approver": by, "closed_at": now}
    return msgspec.structs.replace(held, state=following, version=held.version + 1, **changes)


async def add_note(
    tx: transaction.Tx,
    vault: vault_service.Vault,
    case: UUID,
    author: UUID,
    text: str,
    now: datetime,
    random: ids.Ids,
) -> UUID:
    await _open(tx, case)
    sealed = await seal(tx, vault, case, {NOTE: text})
    note = random.ref()
    await repo.add_note(tx, note, case, author, sealed[NOTE], now)
    await _remarked(tx, vault, case, cases.Remark.NOTED, author, note.bytes + text.encode(), now)
    return note


async def add_evidence(
    tx: transaction.Tx,
    vault: vault_service.Vault,
    case: UUID,
    author: UUID,
    name: str,
    media_type: str,
    content: str,
    now: datetime,
    random: ids.Ids,
) -> cases.Evidence:
    """What is put to a case stays as it was put: sealed, and committed to in the audit log."""
    data = _decoded(content, media_type)
    await _open(tx, case)
    sealed = await seal(tx, vault, case, {NAME: name, CONTENT: data})
    said = cases.Evidence(id=random.ref(), author=author, at=now, name=name, media_type=media_type, size=len(data))
    await repo.add_evidence(tx, case, said, sealed[NAME], sealed[CONTENT])
    await _remarked(tx, vault, case, cases.Remark.EVIDENCE, author, said.id.bytes + data, now)
    return said


def _decoded(content: str, media_type: str) -> bytes:
    if media_type not in rules.MEDIA_TYPES:
        raise cases.BadEvidence("this media type is not kept")
    try:
        data = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise cases.BadEvidence("the content is not base64") from None
    if len(data) > rules.EVIDENCE_BYTES_MAX:
        raise cases.EvidenceTooLarge("the evidence is too large", bytes_max=rules.EVIDENCE_BYTES_MAX)
    if not data:
        raise cases.BadEvidence("the evidence is empty")
    return data


async def evidence(
    tx: transaction.Tx, vault: vault_service.Vault, case: UUID, id_: UUID, by: UUID
) -> tuple[str, str, bytes]:
    """Name, media type and content."""
    await one(tx, case)
    row = await repo.content(tx, case, id_)
    if row is None:
        raise cases.UnknownEvidence("the case has no such evidence")
    await audit.write(tx, entries.Looked(id_, by))
    opened = await vault.open_bytes(tx, case, {NAME: row["name"], CONTENT: row["content"]})
    return opened[NAME].decode(), row["media_type"], opened[CONTENT]


async def link(
    tx: transaction.Tx, vault: vault_service.Vault, case: UUID, other: UUID, by: UUID, now: datetime
) -> None:
    """Two cases have to do with each other. Again is no change."""
    for each in sorted({case, other}):
        await _held(tx, each)
    if case == other:
        raise cases.UnknownCase("a case is not linked to itself")
    if await repo.link(tx, case, other, by, now):
        for one_, its in ((case, other), (other, case)):
            await _remarked(tx, vault, one_, cases.Remark.LINKED, by, its.bytes, now)


async def attach(
    tx: transaction.Tx, vault: vault_service.Vault, case: UUID, alert: UUID, by: UUID, now: datetime
) -> None:
    """Put an alert to a case; one that stands in another stays there."""
    await _open(tx, case)
    found = await alerts_repo.one(tx, alert)
    if found is None:
        raise model.UnknownAlert("there is no such alert")
    if not await alerts_repo.attach(tx, alert, case):
        raise model.AlertTaken("the alert stands in another case")
    if found["case_id"] is None:
        await _remarked(tx, vault, case, cases.Remark.JOINED, by, alert.bytes, now)


async def remark(
    tx: transaction.Tx,
    vault: vault_service.Vault,
    case: UUID,
    what: cases.Remark,
    by: UUID | None,
    about: bytes,
    now: datetime,
) -> None:
    """Something was done about a case elsewhere."""
    await _remarked(tx, vault, case, what, by, about, now)


async def _remarked(
    tx: transaction.Tx,
    vault: vault_service.Vault,
    case: UUID,
    what: cases.Remark,
    by: UUID | None,
    about: bytes,
    now: datetime,
) -> None:
    await repo.touch(tx, case)
    await repo.tell(tx, [case], what.value, by, now)
    await audit.write(
        tx, entries.CaseRemarked(case, what, by, vault.commitment(f"monitoring.case.{what.value}", about))
    )


async def overdue(tx: transaction.Tx, now: datetime) -> int:
    """Note cases whose time is over and that nobody has closed, once each; how many."""
    late = await repo.overdue(tx, now, OVERDUE_MAX)
    if late:
        await repo.tell(tx, late, cases.Remark.OVERDUE.value, None, now)
        nothing = bytes(32)
        await audit.write_many(tx, [entries.CaseRemarked(case, cases.Remark.OVERDUE, None, nothing) for case in late])
        telemetry.emit(OVERDUE, "warning", count=len(late))
    return len(late)


async def seal(
    tx: transaction.Tx, vault: vault_service.Vault, subject: UUID, values: dict[str, str | bytes]
) -> dict[str, bytes]:
    """Seal under a key of the case's or report's own, which is made when the first thing is sealed."""
    try:
        return await vault.seal(tx, subject, values)
    except vault_model.Unreadable:
        await vault.create(tx, subject)
        return await vault.seal(tx, subject, values)


async def _open(tx: transaction.Tx, case: UUID) -> cases.Case:
    held = await _held(tx, case)
    if held.state is cases.State.CLOSED:
        raise cases.CaseClosed("the case is closed; open a new one and link it")
    return held


async def _held(tx: transaction.Tx, case: UUID) -> cases.Case:
    return _there(await repo.one(tx, case, hold=True))


def _there(found: cases.Case | None) -> cases.Case:
    if found is None:
        raise cases.UnknownCase("there is no such case")
    return found
