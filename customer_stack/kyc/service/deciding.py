"""What officers do: take an application, decide it, and with a second person decide it against its decision."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel.runtime import audit, etags, transaction
from customer_stack.access import model as access_model
from customer_stack.access import ports as access_ports
from customer_stack.access.service import proposals
from customer_stack.kyc import model
from customer_stack.kyc.model import entries, refusals
from customer_stack.kyc.repo import applications as repo
from customer_stack.kyc.repo import uploads
from customer_stack.kyc.rules import eligibility
from customer_stack.kyc.service import applying, recording, wiring

_S, _E = model.State, model.Event
NEEDS = access_model.Permission.KYC_REVIEW
VERDICTS = {"approve": _E.APPROVE, "reject": _E.REJECT, "return": _E.RETURN}


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer decides, why, and in which words for whom."""

    verdict: str
    reasons: tuple[model.Reason, ...]
    customer_text: str = ""
    private_text: str = ""


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Which applications are looked for."""

    state: str | None = None
    level: int | None = None
    waiting: str | None = None
    claimed_by: UUID | None = None
    unclaimed: bool = False


async def queue(
    tx: transaction.Tx, wanted: Queue, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[model.Application]:
    """What was submitted, oldest first."""
    return await repo.queue(
        tx,
        state=wanted.state,
        level=wanted.level,
        waiting=wanted.waiting,
        claimed_by=wanted.claimed_by,
        unclaimed=wanted.unclaimed,
        after=after,
        limit=limit,
    )


async def show(
    tx: transaction.Tx, kyc: wiring.Kyc, by: UUID, id_: UUID
) -> tuple[model.Application, model.Form | None, str, str]:
    """The whole of an application, opened. That somebody looked is noted."""
    row = await recording.held(tx, id_)
    form = await recording.opened_form(tx, kyc, row) if row.form is not None else None
    sealed = {wiring.CUSTOMER_TEXT: row.customer_text, wiring.PRIVATE_TEXT: row.private_text}
    texts = await kyc.vault.open(tx, row.account, {name: data for name, data in sealed.items() if data is not None})
    await uploads.viewed(tx, row.id, None, by, kyc.clock.now())
    await audit.write(tx, entries.Viewed(row.id, None, by))
    return row, form, texts.get(wiring.CUSTOMER_TEXT, ""), texts.get(wiring.PRIVATE_TEXT, "")


async def claim(tx: transaction.Tx, kyc: wiring.Kyc, by: UUID, id_: UUID, match: etags.Match) -> model.Application:
    """Take an application: from now on nobody else decides it."""
    row = await recording.held(tx, id_)
    _not_own(row, by)
    await _open_for_decision(tx, row)
    _claimable(row, by)
    match.check(applying.tag(row))
    await repo.claim(tx, id_, by, kyc.clock.now())
    await audit.write(tx, entries.Claimed(id_, by, held=True))
    return await recording.held(tx, id_)


async def release(tx: transaction.Tx, by: UUID, id_: UUID, match: etags.Match) -> model.Application:
    """Give it back, so that somebody else can take it."""
    row = await recording.held(tx, id_)
    if row.claimed_by is None:
        raise refusals.NotClaimed("nobody has claimed it")
    _claimable(row, by)
    match.check(applying.tag(row))
    await repo.claim(tx, id_, None, None)
    await audit.write(tx, entries.Claimed(id_, by, held=False))
    return await recording.held(tx, id_)


async def decide(
    tx: transaction.Tx, kyc: wiring.Kyc, by: UUID, id_: UUID, decision: Decision, match: etags.Match
) -> model.Application:
    """One decision wins; whoever comes second is told that somebody was first, what kind of person, and when."""
    row = await recording.held(tx, id_)
    _not_own(row, by)
    await _open_for_decision(tx, row)
    if row.claimed_by is None:
        raise refusals.NotClaimed("claim it first")
    _claimable(row, by)
    match.check(applying.tag(row))
    event = VERDICTS[decision.verdict]
    if event is _E.APPROVE:
        await _may_pass(tx, kyc, row)
    said = recording.Said(
        event=event,
        source=model.Source.OFFICER,
        reasons=tuple(each.value for each in decision.reasons),
        by=by,
        customer_text=decision.customer_text,
        private_text=decision.private_text,
    )
    return await recording.record(tx, kyc, row, said)


async def propose_override(
    tx: transaction.Tx,
    kyc: wiring.Kyc,
    caller: access_model.Caller,
    id_: UUID,
    *,
    approve: bool,
    reason: model.Reason,
    match: etags.Match,
) -> access_model.Proposal:
    row = await recording.held(tx, id_)
    _not_own(row, caller.account)
    match.check(applying.tag(row))
    _overridable(row, approve=approve)
    act = entries.Override(id_, row.revision, approve, reason.value)
    return await proposals.propose(tx, caller, act, NEEDS, kyc.clock.now(), kyc.ids)


class ExecuteOverride(access_ports.Executes):
    """Decides against a decision, when two people want it. Screening stays in force: no two people pass over it."""

    def __init__(self, kyc: wiring.Kyc) -> None:
        self._kyc = kyc

    async def __call__(self, tx: transaction.Tx, act: entries.Override, approval: access_ports.Approval) -> None:
        row = await recording.held(tx, act.application)
        if row.account in {approval.proposer, approval.approver}:
            raise refusals.OwnApplication("nobody decides about themselves")
        if row.revision != act.revision:
            raise refusals.Decided("the application has changed since this was proposed", state=row.state.value)
        _overridable(row, approve=act.approve)
        if act.approve:
            await _may_pass(tx, self._kyc, row)
        said = recording.Said(
            event=_E.OVERRIDE_APPROVE if act.approve else _E.OVERRIDE_REJECT,
            source=model.Source.OFFICER,
            reasons=(act.reason,),
            by=approval.approver,
        )
        await recording.record(tx, self._kyc, row, said)
        await audit.write(tx, entries.Overridden(row.id, approval.proposer, approval.approver, act.approve))


async def events(tx: transaction.Tx, id_: UUID) -> list[tuple[int, datetime, model.Logged]]:
    if await repo.get(tx, id_) is None:
        raise refusals.UnknownApplication("there is no such application")
    return await repo.events(tx, id_)


async def _may_pass(tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application) -> None:
    form = await recording.opened_form(tx, kyc, row)
    wrong = eligibility.faults(form, kyc.policy())
    if wrong:
        raise refusals.NotEligible("the form does not fit the rules", reason=wrong[0].value)
    if not kyc.provider.hosted:
        clean = [each.kind for each in await uploads.of(tx, row.id) if each.state is model.UploadState.CLEAN]
        if eligibility.missing(kyc.policy().level(row.level), clean):
            raise refusals.WaitsForDocuments("files are missing or not yet found clean")
    screening = await recording.screened(tx, kyc, row, form, "approval")
    if screening is not model.ScreenState.CLEAR:
        raise refusals.NotScreened("screening is not clear", screening=screening.value)


def _overridable(row: model.Application, *, approve: bool) -> None:
    wanted = _S.REJECTED if approve else _S.APPROVED
    if row.state is not wanted:
        raise refusals.NotNow("there is no such decision to override", state=row.state.value)


async def _open_for_decision(tx: transaction.Tx, row: model.Application) -> None:
    if row.state is _S.IN_REVIEW:
        return
    if row.state in {_S.DRAFT, _S.PENDING, _S.VERIFIED}:
        raise refusals.NotNow("the application is not in review", state=row.state.value)
    _, at, last = (await repo.events(tx, row.id))[-1]
    raise refusals.Decided(
        "somebody else was first", state=row.state.value, by=last.source.value, at=at.isoformat(timespec="seconds")
    )


def _claimable(row: model.Application, by: UUID) -> None:
    if row.claimed_by not in {None, by}:
        since = row.claimed_at.isoformat(timespec="seconds") if row.claimed_at else ""
        raise refusals.ClaimedByAnother("another officer works on it", by="officer", since=since)


def _not_own(row: model.Application, by: UUID) -> None:
    if row.account == by:
        raise refusals.OwnApplication("nobody decides about themselves")
