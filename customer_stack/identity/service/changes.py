"""E-mail and phone are changed slowly: the new one is verified, the old one hears of it, and two days pass.

Until then the account is reached, and recovered, where it was. Its owner can cancel at any time, and a password reset,
which only the old mailbox allows, cancels too.
"""

from uuid import UUID

from boundary.kernel import errors, records
from boundary.kernel.runtime import audit, jobs, transaction
from customer_stack.identity.model import accounts, entries, notices, refusals
from customer_stack.identity.repo import accounts as account_repo
from customer_stack.identity.repo import changes as repo
from customer_stack.identity.rules import accounts as rules
from customer_stack.identity.rules import sessions as lifetimes
from customer_stack.identity.service import codes, wiring

PURPOSES = {
    accounts.Channel.EMAIL: notices.Purpose.EMAIL_CHANGE,
    accounts.Channel.SMS: notices.Purpose.PHONE_CHANGE,
}
REQUESTED = {
    accounts.Channel.EMAIL: notices.Notice.EMAIL_CHANGE_REQUESTED,
    accounts.Channel.SMS: notices.Notice.PHONE_CHANGE_REQUESTED,
}
CANCELLED = {
    accounts.Channel.EMAIL: notices.Notice.EMAIL_CHANGE_CANCELLED,
    accounts.Channel.SMS: notices.Notice.PHONE_CHANGE_CANCELLED,
}
CHANGED = {
    accounts.Channel.EMAIL: notices.Notice.EMAIL_CHANGED,
    accounts.Channel.SMS: notices.Notice.PHONE_CHANGED,
}
VALUE = "contact_change.value"
FIELD = {accounts.Channel.EMAIL: wiring.EMAIL, accounts.Channel.SMS: wiring.PHONE}


class Apply(records.Job, frozen=True, tag="identity.apply_contact_change.v1"):
    """The delay is over."""

    change: UUID


async def request(
    tx: transaction.Tx, identity: wiring.Identity, account: UUID, channel: accounts.Channel, value: str
) -> notices.ShownChange:
    """Begin a change: a code goes to the new place, a notice to the old one. Whether the new address belongs to
    somebody already is not told; such a change ends unapplied.
    """
    now = identity.now()
    sealed = await identity.vault.seal(tx, account, {VALUE: value})
    change = notices.Change(
        id=identity.random.ref(),
        account=account,
        channel=channel,
        state=rules.CHANGE.initial,
        value=sealed[VALUE],
        value_index=_index(identity, channel, value),
        requested_at=now,
        effective_at=now + lifetimes.CHANGE_DELAY,
    )
    if not await repo.insert(tx, change):
        raise refusals.ChangePending("cancel the change that is on its way first")
    await codes.send(tx, identity, account, channel, value, PURPOSES[channel])
    facts = {"address": masked(value), "effective_at": change.effective_at.isoformat(timespec="minutes")}
    await identity.notifier.notify(tx, account, REQUESTED[channel], facts)
    await jobs.enqueue(tx, Apply(change.id), identity.random, run_at=change.effective_at)
    await _note(tx, change, change.state)
    return _shown(change, value)


async def verify(
    tx: transaction.Tx, identity: wiring.Identity, account: UUID, number: UUID, code: str
) -> refusals.CodeWrong | None:
    """The new place is its owner's. The change waits for its time."""
    change = await _own(tx, account, number)
    state = rules.CHANGE.advance(change.state, notices.ChangeEvent.VERIFY)
    wrong = await codes.spend(tx, identity, account, PURPOSES[change.channel], code)
    if wrong is not None:
        return wrong
    await repo.set_state(tx, number, state, None)
    await _note(tx, change, state)
    return None


async def cancel(tx: transaction.Tx, identity: wiring.Identity, account: UUID, number: UUID) -> None:
    await _cancel(tx, identity, await _own(tx, account, number))


async def cancel_all(tx: transaction.Tx, identity: wiring.Identity, account: UUID) -> None:
    for change in await repo.pending(tx, account):
        await _cancel(tx, identity, change)


async def listed(tx: transaction.Tx, identity: wiring.Identity, account: UUID) -> list[notices.ShownChange]:
    """What is on its way."""
    shown = []
    for change in await repo.pending(tx, account):
        opened = await identity.vault.open(tx, account, {VALUE: change.value})
        shown.append(_shown(change, opened[VALUE]))
    return shown


async def apply(tx: transaction.Tx, identity: wiring.Identity, number: UUID) -> None:
    """What a job does at its time. A change that was not verified, or whose address somebody else verified first,
    ends without effect.
    """
    change = await repo.lock(tx, number)
    if change is None or change.state in rules.CHANGE.terminal:
        return
    taken = False
    if change.channel is accounts.Channel.EMAIL:
        await account_repo.hold_email(tx, change.value_index)
        taken = await account_repo.is_taken(tx, change.value_index)
    if taken or change.state is not notices.ChangeState.WAITING:
        await _cancel(tx, identity, change)
        return
    state, now = rules.CHANGE.advance(change.state, notices.ChangeEvent.APPLY), identity.now()
    opened = await identity.vault.open(tx, change.account, {VALUE: change.value})
    facts = {"address": masked(opened[VALUE])}
    await identity.notifier.notify(
        tx, change.account, CHANGED[change.channel], facts
    )  # to the old place, the last time
    sealed = await identity.vault.seal(tx, change.account, {FIELD[change.channel]: opened[VALUE]})
    (value,) = sealed.values()
    await account_repo.set_contact(tx, change.account, change.channel, value, change.value_index, now)
    await repo.set_state(tx, number, state, now)
    await _note(tx, change, state)


def masked(value: str) -> str:
    """Enough to recognise one's own, too little to learn another's: notices stand in old mailboxes."""
    local, at, domain = value.partition("@")
    return f"{local[:1]}***@{domain}" if at else f"***{value[-3:]}"


async def _cancel(tx: transaction.Tx, identity: wiring.Identity, change: notices.Change) -> None:
    state = rules.CHANGE.advance(change.state, notices.ChangeEvent.CANCEL)
    await repo.set_state(tx, change.id, state, identity.now())
    await identity.notifier.notify(tx, change.account, CANCELLED[change.channel], {})
    await _note(tx, change, state)


async def _own(tx: transaction.Tx, account: UUID, number: UUID) -> notices.Change:
    change = await repo.lock(tx, number)
    if change is None or change.account != account:
        raise errors.NotFound("there is no such change")
    return change


async def _note(tx: transaction.Tx, change: notices.Change, state: notices.ChangeState) -> None:
    await audit.write(tx, entries.ContactChange(change.account, change.id, change.channel.value, state.value))


def _index(identity: wiring.Identity, channel: accounts.Channel, value: str) -> bytes:
    return identity.login(value) if channel is accounts.Channel.EMAIL else identity.phone(value)


def _shown(change: notices.Change, value: str) -> notices.ShownChange:
    return notices.ShownChange(
        id=change.id,
        channel=change.channel,
        state=change.state,
        value=value,
        requested_at=change.requested_at,
        effective_at=change.effective_at,
    )
