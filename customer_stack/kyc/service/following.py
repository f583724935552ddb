"""What follows of itself: from verified to approved or to an officer, and what the worker does with what waits."""

from datetime import timedelta
from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from customer_stack.kyc import model
from customer_stack.kyc.model import entries
from customer_stack.kyc.repo import applications as repo
from customer_stack.kyc.repo import freezes, uploads
from customer_stack.kyc.rules import eligibility, policies
from customer_stack.kyc.service import recording, wiring

_S, _E, _W, _R = model.State, model.Event, model.Waiting, model.Reason
_SCREEN = {model.ScreenState.PENDING: _W.SCREENING_PENDING, model.ScreenState.ERROR: _W.SCREENING_ERROR}
LATE = timedelta(minutes=15)
"""After this a verdict is asked for that did not come by itself."""


def _house(event: model.Event, *reasons: model.Reason) -> recording.Said:
    return recording.Said(event=event, source=model.Source.HOUSE, reasons=tuple(each.value for each in reasons))


async def follow(tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application) -> model.Application:
    """Approve who was verified, if a policy and screening let it; else to an officer, or wait for screening's answer."""
    if row.state is not _S.VERIFIED:
        return row
    form = await recording.readable_form(tx, kyc, row)
    if form is None:
        return await recording.record(tx, kyc, row, _house(_E.ABANDON))
    policy = kyc.policy()
    wrong = eligibility.faults(form, policy)
    if await _in_use(tx, kyc, row, form):
        wrong.append(_R.DOCUMENT_IN_USE)
    screening = await recording.screened(tx, kyc, row, form, "approval")
    if screening in _SCREEN:
        return await recording.wait(tx, row, _SCREEN[screening])
    if screening is not model.ScreenState.CLEAR:
        wrong.append(_R.WATCHLIST)
    if wrong or policy.level(row.level).by_officer:
        return await recording.record(tx, kyc, row, _house(_E.REVIEW, *wrong))
    return await recording.record(tx, kyc, row, _house(_E.APPROVE))


async def _in_use(tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application, form: model.Form) -> bool:
    return await repo.in_use(tx, kyc.vault.blind("document", wiring.document(form)), row.account)


async def ready(tx: transaction.Tx, kyc: wiring.Kyc, id_: UUID) -> tuple[model.Application, model.Form] | None:
    """A pending application that can be asked about now; nothing if it waits for the scanner, or is past that."""
    row = await repo.get(tx, id_, hold=True)
    if row is None or row.state is not _S.PENDING:
        return None
    states = [each.state for each in await uploads.of(tx, id_)]
    if model.UploadState.SCANNING in states:
        await recording.wait(tx, row, _W.SCAN)
        return None
    if not kyc.provider.hosted and await _lacks(tx, kyc, row):
        await recording.record(tx, kyc, row, _house(_E.RETURN, _R.DOCUMENT_NOT_ACCEPTED))
        return None
    form = await recording.readable_form(tx, kyc, row)
    if form is None:
        await recording.record(tx, kyc, row, _house(_E.ABANDON))
        return None
    return row, form


async def _lacks(tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application) -> bool:
    clean = [each.kind for each in await uploads.of(tx, row.id) if each.state is model.UploadState.CLEAN]
    return bool(eligibility.missing(kyc.policy().level(row.level), clean))


async def begun(
    tx: transaction.Tx,
    kyc: wiring.Kyc,
    id_: UUID,
    applicant: str,
    event: model.Event,
    answer: model.RegisterAnswer | None,
) -> None:
    """The provider has the application. Where officers decide it goes to them, with what the register said."""
    row = await recording.held(tx, id_)
    await repo.name(tx, id_, applicant)
    if row.state is not _S.PENDING:
        return
    if event is not _E.REVIEW:
        await recording.wait(tx, row, _W.VENDOR)
        return
    found = []
    if answer is model.RegisterAnswer.MISMATCH:
        found.append(_R.REGISTER_MISMATCH)
    elif answer is model.RegisterAnswer.UNAVAILABLE:
        found.append(_R.REGISTER_UNAVAILABLE)
    if await _in_use(tx, kyc, row, await recording.opened_form(tx, kyc, row)):
        found.append(_R.DOCUMENT_IN_USE)
    await recording.record(tx, kyc, row, _house(_E.REVIEW, *found))


async def provider_down(tx: transaction.Tx, id_: UUID) -> None:
    """It is seen that nobody answers; the application is asked about again."""
    row = await recording.held(tx, id_)
    if row.state is _S.PENDING:
        await recording.wait(tx, row, _W.VENDOR_DOWN)


async def unbegun(tx: transaction.Tx, kyc: wiring.Kyc, limit: int) -> list[UUID]:
    waiting = (_W.VENDOR_DOWN, _W.SCAN)
    return await repo.waiting(tx, (_S.PENDING,), waiting, kyc.clock.now(), limit)


async def unheard(tx: transaction.Tx, kyc: wiring.Kyc, limit: int) -> list[model.Application]:
    """Applications whose verdict is late."""
    since = kyc.clock.now() - LATE
    found = await repo.waiting(tx, (_S.PENDING,), (_W.VENDOR,), since, limit)
    rows = [await repo.get(tx, each) for each in found]
    return [row for row in rows if row is not None]


async def unscreened(tx: transaction.Tx, kyc: wiring.Kyc, limit: int) -> list[UUID]:
    """Those that wait for screening's answer."""
    return await repo.waiting(tx, (_S.VERIFIED,), tuple(_SCREEN.values()), kyc.clock.now(), limit)


async def resume(tx: transaction.Tx, kyc: wiring.Kyc, id_: UUID) -> None:
    """Ask screening again for one of them."""
    await follow(tx, kyc, await recording.held(tx, id_))


async def attach(tx: transaction.Tx, shop: wiring.Workshop, id_: UUID) -> bool:
    """Give an approved account its reference. A frozen one gets none, and an empty stock is waited for, visibly."""
    row = await recording.held(tx, id_)
    if row.state is not _S.APPROVED or row.attached_at is not None:
        return True
    if await freezes.frozen_by(tx, row.account) is not None:
        return True
    if not await shop.outbound.attach(tx, row.account, row.level):
        await recording.wait(tx, row, _W.REFERENCE)
        return False
    await repo.attached(tx, id_, shop.kyc.clock.now())
    await audit.write(tx, entries.Attached(id_))
    return True


async def unattached(tx: transaction.Tx, limit: int) -> list[UUID]:
    return await repo.unattached(tx, limit)


async def expire(tx: transaction.Tx, kyc: wiring.Kyc, limit: int) -> int:
    rows = await repo.overdue(tx, kyc.clock.now(), limit)
    for row in rows:
        await recording.record(tx, kyc, row, _house(_E.EXPIRE, _R.DOCUMENT_EXPIRED))
    return len(rows)


async def abandon(tx: transaction.Tx, kyc: wiring.Kyc, limit: int) -> int:
    """What its owner did not come back to."""
    rows = await repo.forsaken(tx, kyc.clock.now() - kyc.policy().requirements.abandoned_after, limit)
    for row in rows:
        await recording.record(tx, kyc, row, _house(_E.ABANDON))
    return len(rows)


async def reopen(tx: transaction.Tx, kyc: wiring.Kyc, limit: int) -> tuple[int, int]:
    """Hold approvals of an earlier policy against the present one: how many were looked at, how many re-opened.

    One that meets the newer policy is confirmed under it; one that does not goes to an officer.
    """
    policy = kyc.policy()
    rows = await repo.older(tx, policy.version, limit)
    again = 0
    for row in rows:
        form = await recording.readable_form(tx, kyc, row)
        if form is None:
            await recording.record(tx, kyc, row, _house(_E.EXPIRE))
            continue
        wrong = await _unmet(tx, kyc, row, form, policy)
        if not wrong:
            await recording.record(tx, kyc, row, _house(_E.CONFIRMED))
            continue
        again += 1
        opened = await recording.record(tx, kyc, row, _house(_E.REOPENED, *wrong))
        await recording.record(tx, kyc, opened, _house(_E.REVIEW, *wrong))
    return len(rows), again


async def _unmet(
    tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application, form: model.Form, policy: policies.Policy
) -> list[model.Reason]:
    wrong = [each for each in eligibility.faults(form, policy) if each is not _R.DOCUMENT_EXPIRED]
    if not kyc.provider.hosted and await _lacks(tx, kyc, row):
        wrong.append(_R.DOCUMENT_MISSING)
    return [_R.POLICY, *wrong] if wrong else []


async def shorten(tx: transaction.Tx, kyc: wiring.Kyc, after: UUID, limit: int) -> UUID | None:
    """Look at customers again sooner whose risk has risen; the last that was looked at, or nothing at the end."""
    rows = await repo.approved_after(tx, after, limit)
    risks = await kyc.risks.of(tx, [row["account"] for row in rows], kyc.clock.now())
    again = kyc.policy().requirements.again
    for row in rows:
        await repo.shorten(tx, row["id"], row["approved_at"] + again[risks.get(row["account"], "medium")])
    return rows[-1]["id"] if len(rows) == limit else None
