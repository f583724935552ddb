"""What customers do: begin an application, submit it, see where it stands."""

from uuid import UUID

import msgspec

from boundary.kernel.runtime import etags, jobs, transaction
from customer_stack.kyc import model
from customer_stack.kyc.model import refusals
from customer_stack.kyc.repo import applications as repo
from customer_stack.kyc.repo import uploads
from customer_stack.kyc.rules import eligibility
from customer_stack.kyc.service import promises, recording, wiring

_S, _E, _U = model.State, model.Event, model.UploadState
DOCUMENT = "document"


def tag(row: model.Application) -> str:
    return etags.strong("kyc_application", str(row.id), row.revision)


async def create(tx: transaction.Tx, kyc: wiring.Kyc, account: UUID, level: int) -> model.Application:
    """A draft for a level. One that is under way comes first, and a level that is held is not asked for again."""
    now = kyc.clock.now()
    for row in await repo.of(tx, account):
        if row.state is _S.REJECTED:
            raise refusals.RejectedForGood("only the operator can let this person apply again")
        standing = row.state is _S.APPROVED and row.expires_at is not None and row.expires_at > now
        if standing and row.level >= level:
            raise refusals.LevelHeld("the account has this level")
    id_ = kyc.ids.ref()
    if not await repo.add(tx, id_, account, level, kyc.policy().version, now):
        raise refusals.AlreadyOpen("an application is under way")
    return await recording.held(tx, id_)


async def own(tx: transaction.Tx, account: UUID, id_: UUID, *, hold: bool = False) -> model.Application:
    found = await repo.get(tx, id_, hold=hold)
    if found is None or found.account != account:
        raise refusals.UnknownApplication("there is no such application")
    return found


async def mine(tx: transaction.Tx, account: UUID) -> list[model.Application]:
    return await repo.of(tx, account)


async def submit(
    tx: transaction.Tx, kyc: wiring.Kyc, account: UUID, id_: UUID, form: model.Form, match: etags.Match
) -> model.Application:
    """Take what the customer says, if it fits the policy and itself, and promise to have it verified."""
    row = await own(tx, account, id_, hold=True)
    match.check(tag(row))
    policy = kyc.policy()
    if row.state not in {_S.DRAFT, _S.RETURNED}:
        raise refusals.NotNow("the application is not with its owner", state=row.state.value)
    if await _submissions(tx, row) >= policy.requirements.submissions_max:
        raise refusals.TooOften("submitted too often", submissions_max=policy.requirements.submissions_max)
    wrong = eligibility.faults(form, policy)
    if wrong:
        raise refusals.NotEligible("the form does not fit the rules", reason=wrong[0].value)
    await _keep(tx, kyc, row, form, policy.version)
    said = recording.Said(event=_E.SUBMITTED, source=model.Source.CUSTOMER, by=account)
    row = await recording.record(tx, kyc, await recording.held(tx, id_), said)
    await _tell_screening(tx, kyc, row, form)
    await jobs.enqueue(tx, promises.Begin(id_), kyc.ids)
    return row


async def _keep(tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application, form: model.Form, version: int) -> None:
    """The form as a whole is sealed; its document is found again by a keyed hash, and nothing else of it."""
    await _check_uploads(tx, kyc, row)
    sealed = await kyc.vault.seal(tx, row.account, {wiring.FORM: msgspec.json.encode(form)})
    await repo.submit(
        tx,
        row.id,
        form=sealed[wiring.FORM],
        index=kyc.vault.blind(DOCUMENT, wiring.document(form)),
        residence=form.residence,
        version=version,
        now=kyc.clock.now(),
    )


async def _check_uploads(tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application) -> None:
    """Where files are uploaded here, they come first. On a provider's own pages they come afterwards."""
    if kyc.provider.hosted:
        return
    there = [each.kind for each in await uploads.of(tx, row.id) if each.state in {_U.SCANNING, _U.CLEAN}]
    missing = eligibility.missing(kyc.policy().level(row.level), there)
    if missing:
        wanted = sorted(kind.value for kinds in missing for kind in kinds)
        raise refusals.WaitsForDocuments("files are missing", missing=", ".join(wanted))


async def _submissions(tx: transaction.Tx, row: model.Application) -> int:
    return sum(each.event is _E.SUBMITTED for _, _, each in await repo.events(tx, row.id))


async def _tell_screening(tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application, form: model.Form) -> None:
    """Screening hears of people when they come and when they change. What it says is asked for again before approval."""
    known = [each for each in await repo.of(tx, row.account) if each.id != row.id and each.approved_at is not None]
    trigger = "profile_change" if known or row.session > 1 else "onboarding"
    await recording.screened(tx, kyc, row, form, trigger)


async def customer_text(tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application) -> str:
    """What the customer is told of the last decision; never what officers wrote for each other."""
    if row.customer_text is None:
        return ""
    values = {wiring.CUSTOMER_TEXT: row.customer_text}
    return (await kyc.vault.open(tx, row.account, values))[wiring.CUSTOMER_TEXT]


async def linked(tx: transaction.Tx, account: UUID, id_: UUID) -> model.Application:
    """An application whose owner may be sent to the provider's pages."""
    row = await own(tx, account, id_)
    if row.state not in {_S.PENDING, _S.RETURNED} or not row.applicant:
        raise refusals.NotNow("nothing is to be done elsewhere now", state=row.state.value)
    return row
