"""All that is held of one customer's monitoring, opened, for a bundle that the law asks for.

It is read from behind the wall: whoever may not look there finds that nothing is shown, which says nothing about whether
there is something.
"""

import itertools
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import primitives
from boundary.kernel.runtime import transaction
from customer_stack.monitoring.model import cases
from customer_stack.monitoring.repo import alerts as alerts_repo
from customer_stack.monitoring.repo import cases as cases_repo
from customer_stack.monitoring.repo import reports as reports_repo
from customer_stack.monitoring.service import cases as case_service
from customer_stack.monitoring.service import risk
from customer_stack.vault import service as vault_service

PAGE = 500


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    rule: str
    version: int
    operation: str
    severity: str
    answer: str
    certain: bool
    score: int
    case: str
    raised_at: datetime


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in a case."""

    what: str
    by: str
    at: datetime


class Note(msgspec.Struct, frozen=True, kw_only=True):
    author: str
    at: datetime
    text: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What was put to a case; the content stays in the case, and this is the hash of it."""

    id: str
    author: str
    at: datetime
    name: str
    media_type: str
    size: int
    sha256: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report to the authority, by what it is and where it stands; its content is sealed under a key of its own."""

    id: str
    kind: str
    case: str
    state: str
    digest: str
    due_at: datetime
    reference: str


class Case(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    kind: str
    reasons: tuple[str, ...]
    state: str
    investigator: str
    conclusion: str
    approver: str
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    history: tuple[Line, ...]
    notes: tuple[Note, ...]
    evidence: tuple[Evidence, ...]
    linked: tuple[str, ...]


class Points(msgspec.Struct, frozen=True, kw_only=True):
    """Why the customer counts as risky, with what is left of it."""

    reason: str
    points: int
    left: int
    at: datetime
    by: str


class CustomerFile(msgspec.Struct, frozen=True, kw_only=True):
    """What `of` gives."""

    shown: bool
    level: str = ""
    risk: tuple[Points, ...] = ()
    alerts: tuple[Alert, ...] = ()
    cases: tuple[Case, ...] = ()
    reports: tuple[Report, ...] = ()


async def of(
    tx: transaction.Tx, vault: vault_service.Vault, account: UUID, officer: UUID | None, now: datetime
) -> CustomerFile:
    """As far as this officer may look at this moment. Every case that is shown is a look on record."""
    if officer is None:
        return CustomerFile(shown=False)
    await case_service.enter(tx, officer)
    if not await cases_repo.sees(tx):
        return CustomerFile(shown=False)
    found = await _cases(tx, account)
    because = await risk.explained(tx, account, now)
    return CustomerFile(
        shown=True,
        level=(await risk.of(tx, [account], now))[account].value,
        risk=tuple(
            Points(reason=each.reason, points=each.points, left=each.left, at=each.at, by=str(each.by or ""))
            for each in because
        ),
        alerts=tuple(await _alerts(tx, account)),
        cases=tuple([await _case(tx, vault, each, officer) for each in found]),
        reports=tuple(
            Report(
                id=str(each.id),
                kind=each.kind.value,
                case=str(each.case or ""),
                state=each.state.value,
                digest=each.digest.hex(),
                due_at=each.due_at,
                reference=each.reference or "",
            )
            for each in await reports_repo.about(tx, account)
        ),
    )


async def _cases(tx: transaction.Tx, account: UUID) -> Sequence[cases.Case]:
    every: list[cases.Case] = []
    after: tuple[datetime, UUID] | None = None
    for _ in itertools.count():
        page = await cases_repo.some(tx, cases.Filter(subject=account), after, PAGE)
        every += page
        if len(page) < PAGE:
            break
        after = page[-1].opened_at, page[-1].id
    return every


async def _alerts(tx: transaction.Tx, account: UUID) -> list[Alert]:
    every: list[Alert] = []
    after: tuple[datetime, UUID] | None = None
    for _ in itertools.count():
        page = await alerts_repo.some(tx, account, None, None, None, after, PAGE)
        every += [
            Alert(
                id=str(row["id"]), rule=row["rule"], version=row["version"], operation=str(row["operation"]),
                severity=row["severity"], answer=row["answer"], certain=row["certain"], score=row["score"],
                case=str(row["case_id"] or ""), raised_at=row["raised_at"],
            )
            for row in page
        ]  # fmt: skip
        if len(page) < PAGE:
            break
        after = page[-1]["raised_at"], page[-1]["id"]
    return every


async def _case(tx: transaction.Tx, vault: vault_service.Vault, case: cases.Case, officer: UUID) -> Case:
    whole = await case_service.file(tx, vault, case.id, officer)
    evidence = []
    for each in whole.evidence:
        _, _, content = await case_service.evidence(tx, vault, case.id, each.id, officer)
        evidence.append(
            Evidence(
                id=str(each.id),
                author=str(each.author),
                at=each.at,
                name=each.name,
                media_type=each.media_type,
                size=each.size,
                sha256=primitives.sha256(content).hex(),
            )
        )
    return Case(
        id=str(case.id),
        kind=case.kind,
        reasons=case.reasons,
        state=case.state.value,
        investigator=str(case.investigator or ""),
        conclusion=case.conclusion.value if case.conclusion else "",
        approver=str(case.approver or ""),
        opened_at=case.opened_at,
        due_at=case.due_at,
        closed_at=case.closed_at,
        history=tuple(Line(what=each.what, by=str(each.by or ""), at=each.at) for each in whole.history),
        notes=tuple(Note(author=str(each.author), at=each.at, text=each.text) for each in whole.notes),
        evidence=tuple(evidence),
        linked=tuple(str(each) for each in whole.linked),
    )
