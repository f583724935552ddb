"""The one place where an application's state changes: an event is logged, and the state derived from all of them."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from boundary.kernel import canonical, clock, errors, primitives
from boundary.kernel.runtime import audit, jobs, transaction
from customer_stack.kyc import model
from customer_stack.kyc.model import entries, refusals
from customer_stack.kyc.repo import applications as repo
from customer_stack.kyc.rules import deriving, eligibility, policies, telling
from customer_stack.kyc.service import freezing, promises, wiring
from customer_stack.vault import model as vault_model

_S, _E, _W = model.State, model.Event, model.Waiting
_ENDS = frozenset({_S.APPROVED, _S.REJECTED, _S.RETURNED, _S.ABANDONED, _S.EXPIRED})


class _Facts(msgspec.Struct, frozen=True, array_like=True):
    """What makes two messages the same event."""

    application: UUID
    event: str
    source: str
    sequence: int
    level: int
    policy_version: int
    reasons: tuple[str, ...]
    by: UUID | None


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way into the log. Without a sequence it happened now, behind whatever is known."""

    event: model.Event
    source: model.Source
    reasons: Sequence[str] = ()
    by: UUID | None = None
    sequence: int | None = None
    customer_text: str = ""
    private_text: str = ""


async def held(tx: transaction.Tx, id_: UUID) -> model.Application:
    found = await repo.get(tx, id_, hold=True)
    if found is None:
        raise refusals.UnknownApplication("there is no such application")
    return found


async def record(tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application, said: Said) -> model.Application:
    """Log an event of a held application, and derive its state anew. The same event twice is one.

    A rejection by the vendor of somebody who was let in freezes the account in the same transaction.
    """
    now, version = kyc.clock.now(), kyc.policy().version
    known = await repo.events(tx, row.id)
    event = _logged(row, said, version, _sequence(kyc, said, known))
    number = await repo.log(tx, row.account, event, now)
    if number is None:
        return row
    await audit.write(tx, entries.Happened(row.id, event.event.value, event.source.value, event.sequence, event.digest))
    texts = await _texts(tx, kyc, row, said, number)
    derived = deriving.derive([*(each for _, _, each in known), event])
    waiting = _waiting(derived.state, row.waiting, said.event)
    await repo.save(
        tx,
        row.id,
        state=derived.state,
        session=derived.session,
        reasons=derived.reasons,
        version=derived.policy_version or row.policy_version,
        waiting=waiting,
        texts=texts,
        free=derived.state in _ENDS,
        moved=derived.state is not row.state,
        now=now,
    )
    await _followed(tx, kyc, row, derived, said)
    return await held(tx, row.id)


async def _followed(
    tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application, derived: deriving.Derived, said: Said
) -> None:
    if derived.state is not row.state:
        version = derived.policy_version or row.policy_version
        change = entries.StateChanged(row.id, row.account, row.state.value, derived.state.value, row.level, version)
        await audit.write(tx, change)
    if derived.state is _S.APPROVED and row.state is not _S.APPROVED:
        await _let_in(tx, kyc, row)
    freezes = said.source is model.Source.VENDOR and said.event in deriving.REDS
    if freezes:
        freezes = deriving.late_red(row, said.event, derived, elsewhere=await repo.was_let_in(tx, row.account))
    if freezes:
        await freezing.freeze(tx, kyc, row.account, row.id)
    notice = telling.notice(derived.state, frozen=freezes)
    if kyc.teller is not None and notice is not None and derived.state is not row.state:
        await kyc.teller.told(tx, row.account, notice, row.level)


async def opened_form(tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application) -> model.Form:
    if row.form is None:
        raise refusals.NotNow("nothing was submitted yet")
    text = (await kyc.vault.open(tx, row.account, {wiring.FORM: row.form}))[wiring.FORM]
    return msgspec.json.decode(text, type=model.Form)


async def readable_form(tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application) -> model.Form | None:
    """The form, or nothing if its owner was erased: then there is nobody left to decide about."""
    try:
        return await opened_form(tx, kyc, row)
    except vault_model.Unreadable:
        return None


async def screened(
    tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application, form: model.Form, trigger: str
) -> model.ScreenState:
    """What screening says. That it cannot say anything is an answer too, and no pass."""
    try:
        return await kyc.screener.screen(tx, row.account, eligibility.person(form), trigger)
    except errors.Refusal:
        return model.ScreenState.ERROR


async def wait(tx: transaction.Tx, row: model.Application, waiting: model.Waiting) -> model.Application:
    """Let it be seen what an application waits for."""
    await repo.wait(tx, row.id, waiting)
    return msgspec.structs.replace(row, waiting=waiting)


async def _let_in(tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application) -> None:
    """An approval holds for a time, and asks for a reference that was minted before."""
    now = kyc.clock.now()
    form = await opened_form(tx, kyc, row)
    risk = (await kyc.risks.of(tx, [row.account], now)).get(row.account, "medium")
    until = policies.expiry(kyc.policy(), row.level, form.document.expires, risk, now)
    await repo.approved(tx, row.id, now, until)
    await jobs.enqueue(tx, promises.Attach(row.id), kyc.ids)


async def _texts(
    tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application, said: Said, number: int
) -> tuple[bytes | None, bytes | None]:
    """What was written of the decision: for the customer, for officers, and both as part of the log."""
    if not said.customer_text and not said.private_text:
        return None, None
    both = msgspec.json.encode({"customer": said.customer_text, "private": said.private_text})
    values: dict[str, str | bytes] = {
        wiring.CUSTOMER_TEXT: said.customer_text,
        wiring.PRIVATE_TEXT: said.private_text,
        wiring.TEXTS: both,
    }
    sealed = await kyc.vault.seal(tx, row.account, values)
    await repo.add_text(tx, number, row.account, sealed[wiring.TEXTS])
    return sealed[wiring.CUSTOMER_TEXT], sealed[wiring.PRIVATE_TEXT]


def _sequence(kyc: wiring.Kyc, said: Said, known: Sequence[tuple[int, object, model.Logged]]) -> int:
    """What we do ourselves happens behind what we have done and seen; a vendor's time is the vendor's."""
    if said.sequence is not None:
        return said.sequence
    latest = max((each.sequence for _, _, each in known), default=0)
    return max(clock.to_micros(kyc.clock.now()), latest + 1)


def _logged(row: model.Application, said: Said, version: int, sequence: int) -> model.Logged:
    reasons = tuple(said.reasons)
    facts = _Facts(
        row.id, said.event.value, said.source.value, sequence, row.level, _bound(said, version), reasons, said.by
    )
    return model.Logged(
        application=row.id,
        event=said.event,
        source=said.source,
        sequence=sequence,
        digest=primitives.sha256(canonical.pack(facts)),
        level=row.level,
        policy_version=version,
        reasons=reasons,
        by=said.by,
    )


def _bound(said: Said, version: int) -> int:
    """A vendor's message is the same whatever policy holds when it is sent again."""
    return 0 if said.source is model.Source.VENDOR else version


def _waiting(state: model.State, before: model.Waiting, event: model.Event) -> model.Waiting:
    if state is _S.IN_REVIEW:
        return _W.OFFICER
    if state in _ENDS or state in {_S.DRAFT, _S.VERIFIED}:
        return _W.NOTHING
    return _W.VENDOR if event in deriving.STARTS else before
