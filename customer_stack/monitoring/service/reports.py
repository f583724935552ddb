"""Reports to the authority: drafted by an officer or by the books, approved by two, exported by the worker.

The content is sealed under a key of the report's own. Approval is of a digest: what was rewritten after it was proposed
is not approved. The file is signed as it is, so that `openssl` checks it with the published key.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import ids, primitives
from boundary.kernel.runtime import audit, telemetry, transaction
from customer_stack.access import model as access_model
from customer_stack.access import ports as access_ports
from customer_stack.access.service import proposals
from customer_stack.ledger.service import accounts
from customer_stack.monitoring import model, ports
from customer_stack.monitoring.formats import goaml
from customer_stack.monitoring.model import cases, entries, packs, reports
from customer_stack.monitoring.repo import reports as repo
from customer_stack.monitoring.rules import deadlines, expressions
from customer_stack.monitoring.rules import operations as operation_rules
from customer_stack.monitoring.rules import reports as rules
from customer_stack.monitoring.service import cases as case_service
from customer_stack.monitoring.service import moves, rulebook
from customer_stack.vault import service as vault_service

NEEDS = access_model.Permission.COMPLIANCE_MANAGE
CONTENT, FILE = "report_content", "report_file"
AT_ONCE = 20
OVERDUE_MAX = 500

OVERDUE = telemetry.Event("monitoring.reports_overdue", count=int)
STUCK = telemetry.Event("monitoring.report_not_valid", report=UUID)


class NoRules(model.RulesUnknown):
    """Without rules nobody can say by when a report is due."""

    code = "monitoring_no_rules"


# ---- drafting


async def draft(
    tx: transaction.Tx,
    vault: vault_service.Vault,
    case: UUID,
    transfers: Sequence[UUID],
    by: UUID,
    now: datetime,
    *,
    rates: ports.Rates,
    people: ports.People,
    random: ids.Ids,
) -> reports.Report:
    """A report of suspicion about a case's subject, with these movements of theirs. A case has one."""
    about = await case_service.one(tx, case)
    version = await _rules(tx, now)
    found = [
        move for move in await moves.named(tx, transfers) if about.subject in {move.debit.owner, move.credit.owner}
    ]
    if len(found) < len(set(transfers)):
        raise reports.Incomplete("some of these are no movements of this customer", missing="transfers")
    told = await _transactions(tx, found, about.subject, version.pack, now, rates)
    content = reports.Content(person=await people.of(tx, about.subject), transactions=told)
    made, data = _new(
        vault, random, content, kind=reports.Kind.SUSPICIOUS, code=rules.CODES[reports.Kind.SUSPICIOUS], case=case,
        subject=about.subject, due_at=deadlines.due(about.opened_at, version.pack.deadlines.suspicious_report, version.pack),
        created_at=now, drafted_by=by,
    )  # fmt: skip
    sealed = await case_service.seal(tx, vault, made.id, {CONTENT: data})
    if not await repo.add(tx, made, sealed[CONTENT]):
        raise reports.NotDraft("the case has a report already")
    await audit.write(tx, entries.ReportWritten(made.id, made.version, made.digest, by))
    await case_service.remark(tx, vault, case, cases.Remark.REPORTED, by, made.id.bytes, now)
    return made


async def draft_thresholds(
    tx: transaction.Tx,
    vault: vault_service.Vault,
    found: Sequence[operation_rules.Move],
    version: packs.Version,
    now: datetime,
    *,
    rates: ports.Rates,
    people: ports.People,
    random: ids.Ids,
) -> int:
    """A draft for each of these movements that the law wants reported, once; how many are new.

    What nobody can say the worth of is drafted too: it is for an officer to say, not for us to leave out.
    """
    said = version.pack.threshold_report
    ops = [op for move in found for op in operation_rules.operations(move) if op.kind in operation_rules.EXTERNAL]
    if said is None or not ops:
        return 0
    floor, by_id = rules.floor(said, version.pack.currency), {move.id: move for move in found}
    worth = await _worth(tx, version.pack, now, rates)
    ops = [op for op in ops if (local := worth(op.amount, op.asset)) is None or local >= floor]
    known = await repo.reported(tx, [op.id for op in ops]) if ops else set()
    made = []
    for op in ops:
        if op.id not in known:
            told = await _transactions(tx, [by_id[op.id]], op.account, version.pack, now, rates)
            content = reports.Content(person=await people.of(tx, op.account), transactions=told)
            due = deadlines.due(by_id[op.id].at, version.pack.deadlines.threshold_report, version.pack)
            made.append(
                _new(vault, random, content, kind=reports.Kind.THRESHOLD, code=said.code, subject=op.account,
                     transfer=op.id, due_at=due, created_at=now)
            )  # fmt: skip
    if not made:
        return 0
    await vault.create_many(tx, [each.id for each, _ in made])
    sealed = await vault.seal_many(tx, {(each.id, CONTENT): data for each, data in made})
    fresh = await repo.add_thresholds(
        tx, said.code, [each for each, _ in made], [sealed[each.id, CONTENT] for each, _ in made], now
    )
    await audit.write_many(tx, [entries.ReportWritten(id_, 1, digest, None) for id_, digest in fresh])
    return len(fresh)


def _new(
    vault: vault_service.Vault,
    random: ids.Ids,
    content: reports.Content,
    *,
    kind: reports.Kind,
    code: str,
    subject: UUID,
    due_at: datetime,
    created_at: datetime,
    case: UUID | None = None,
    transfer: UUID | None = None,
    drafted_by: UUID | None = None,
) -> tuple[reports.Report, bytes]:
    data = msgspec.json.encode(content)
    made = reports.Report(
        id=random.ref(), kind=kind, code=code, case=case, subject=subject, transfer=transfer,
        state=reports.State.DRAFT, version=1, digest=_digest(vault, data), due_at=due_at, overdue_at=None,
        created_at=created_at, drafted_by=drafted_by, approved_by=None, reference=None,
    )  # fmt: skip
    return made, data


async def _transactions(
    tx: transaction.Tx,
    found: Sequence[operation_rules.Move],
    subject: UUID,
    pack: packs.Pack,
    now: datetime,
    rates: ports.Rates,
) -> tuple[reports.Transaction, ...]:
    assets = await accounts.assets(tx)
    worth = await _worth(tx, pack, now, rates)
    sides = [(move, move.credit if move.credit.owner == subject else move.debit) for move in found]
    opened = await moves.opened(tx, {own.account for _, own in sides})
    told = []
    for move, own in sides:
        asset = assets[move.asset]
        told.append(
            reports.Transaction(
                transfer=move.id, at=move.at, incoming=own is move.credit, amount=move.amount, asset=asset.code,
                scale=asset.scale, local=worth(move.amount, move.asset), ledger_account=own.account,
                opened=opened.get(own.account),
            )
        )  # fmt: skip
    return tuple(told)


async def _worth(
    tx: transaction.Tx, pack: packs.Pack, now: datetime, rates: ports.Rates
) -> Callable[[int, int], int | None]:
    known = await rates.of(tx, (await accounts.assets(tx)).values(), pack.currency, now)
    return lambda amount, asset: expressions.local(amount, known[asset]) if asset in known else None


# ---- what officers do with one


async def some(
    tx: transaction.Tx,
    state: reports.State | None,
    kind: reports.Kind | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[reports.Report]:
    """The newest first."""
    return await repo.some(tx, state and state.value, kind and kind.value, after, limit)


async def show(
    tx: transaction.Tx, vault: vault_service.Vault, report: UUID, by: UUID
) -> tuple[reports.Report, reports.Content, reports.Export | None]:
    """Every look is in the audit log, here as with the file."""
    found = _there(await repo.one(tx, report))
    await audit.write(tx, entries.Looked(report, by))
    return found, await _content(tx, vault, report), await repo.exported(tx, report)


async def revise(
    tx: transaction.Tx,
    vault: vault_service.Vault,
    report: UUID,
    revision: reports.Revision,
    by: UUID,
    check: Callable[[reports.Report], None],
) -> tuple[reports.Report, reports.Content]:
    """Write an officer's words into a draft."""
    held = await _held(tx, report)
    check(held)
    if held.state is not reports.State.DRAFT:
        raise reports.NotDraft("only a draft is rewritten")
    content = rules.revised(await _content(tx, vault, report), revision)
    data = msgspec.json.encode(content)
    sealed = await vault.seal(tx, report, {CONTENT: data})
    written = msgspec.structs.replace(held, version=held.version + 1, digest=_digest(vault, data))
    await repo.revise(tx, report, sealed[CONTENT], written.digest)
    await audit.write(tx, entries.ReportWritten(report, written.version, written.digest, by))
    return written, content


async def propose(
    tx: transaction.Tx,
    vault: vault_service.Vault,
    caller: access_model.Caller,
    report: UUID,
    check: Callable[[reports.Report], None],
    now: datetime,
    random: ids.Ids,
) -> access_model.Proposal:
    """Ask for a second person to file it as it stands; what is not complete is not proposed."""
    held = await _held(tx, report)
    check(held)
    rules.REPORT.advance(held.state, reports.Event.APPROVE)
    lacking = ", ".join(rules.missing(held.kind, await _content(tx, vault, report)))
    if lacking:
        raise reports.Incomplete("the report cannot be filed as it is", missing=lacking)
    act = entries.FileReport(report, held.version, held.digest)
    return await proposals.propose(tx, caller, act, NEEDS, now, random)


class Execute(access_ports.Executes):
    """Approves a report that two people wanted."""

    async def __call__(self, tx: transaction.Tx, act: entries.FileReport, approval: access_ports.Approval) -> None:
        await case_service.enter(tx, approval.approver)
        held = await _held(tx, act.report)
        if (held.version, held.digest) != (act.version, act.digest):
            raise reports.Changed("it was rewritten after it was proposed")
        state = rules.REPORT.advance(held.state, reports.Event.APPROVE)
        await repo.approve(tx, act.report, approval.proposer, approval.approver)
        await audit.write(tx, entries.ReportMoved(act.report, state.value, approval.proposer, approval.approver))


async def discard(
    tx: transaction.Tx, report: UUID, by: UUID, check: Callable[[reports.Report], None]
) -> reports.Report:
    """A draft of suspicion that was not needed. What the law wants by amount cannot be discarded."""
    held = await _held(tx, report)
    check(held)
    if held.kind is reports.Kind.THRESHOLD:
        raise reports.NotDraft("a threshold report is not for anybody to discard")
    state = rules.REPORT.advance(held.state, reports.Event.DISCARD)
    await repo.discard(tx, report)
    await audit.write(tx, entries.ReportMoved(report, state.value, by, None))
    return msgspec.structs.replace(held, state=state, version=held.version + 1)


async def acknowledge(
    tx: transaction.Tx, report: UUID, reference: str, by: UUID, check: Callable[[reports.Report], None]
) -> reports.Report:
    """The authority has it, and calls it so."""
    held = await _held(tx, report)
    check(held)
    state = rules.REPORT.advance(held.state, reports.Event.ACKNOWLEDGE)
    await repo.acknowledge(tx, report, reference)
    await audit.write(tx, entries.ReportMoved(report, state.value, by, None))
    return msgspec.structs.replace(held, state=state, version=held.version + 1, reference=reference)


async def file(tx: transaction.Tx, vault: vault_service.Vault, report: UUID, by: UUID) -> tuple[bytes, reports.Export]:
    """What left the house, with its record."""
    _there(await repo.one(tx, report))
    made, sealed = await repo.exported(tx, report), await repo.file(tx, report)
    if made is None or sealed is None:
        raise reports.NoFile("it was not exported yet")
    await audit.write(tx, entries.Looked(report, by))
    return (await vault.open_bytes(tx, report, {FILE: sealed}))[FILE], made


# ---- what the worker does


async def waiting(tx: transaction.Tx) -> Sequence[UUID]:
    return await repo.waiting(tx, AT_ONCE)


async def export(
    tx: transaction.Tx,
    vault: vault_service.Vault,
    report: UUID,
    reporter: reports.Reporter,
    seed: bytes,
    now: datetime,
) -> bool:
    """Write, check, sign and keep the file of an approved report; once, however often it is asked for."""
    held = await _held(tx, report)
    if held.state is not reports.State.APPROVED:
        return False
    version = await _rules(tx, now)
    try:
        data = goaml.write(held, await _content(tx, vault, report), reporter, version.pack.currency, now)
    except reports.NotValid:
        telemetry.emit(STUCK, "error", report=report)
        return False
    made = reports.Export(
        report,
        primitives.sha256(data),
        len(data),
        primitives.ed25519_sign(seed, data),
        primitives.ed25519_public(seed),
        now,
    )
    sealed = await vault.seal(tx, report, {FILE: data})
    await repo.export(tx, made, sealed[FILE])
    await audit.write(tx, entries.ReportExported(report, made.sha256))
    return True


async def overdue(tx: transaction.Tx, now: datetime) -> int:
    late = await repo.overdue(tx, now, OVERDUE_MAX)
    if late:
        telemetry.emit(OVERDUE, "error", count=len(late))
    return len(late)


async def _rules(tx: transaction.Tx, now: datetime) -> packs.Version:
    version = await rulebook.in_force(tx, now)
    if version is None:
        raise NoRules("there are no rules in force")
    return version


async def _content(tx: transaction.Tx, vault: vault_service.Vault, report: UUID) -> reports.Content:
    opened = await vault.open_bytes(tx, report, {CONTENT: await repo.content(tx, report)})
    return msgspec.json.decode(opened[CONTENT], type=reports.Content)


def _digest(vault: vault_service.Vault, data: bytes) -> bytes:
    return vault.commitment("monitoring.report", data)


async def _held(tx: transaction.Tx, report: UUID) -> reports.Report:
    return _there(await repo.one(tx, report, hold=True))


def _there(found: reports.Report | None) -> reports.Report:
    if found is None:
        raise reports.UnknownReport("there is no such report")
    return found
