"""Handing withdrawals to providers, and finding out what became of them.

Before a provider is called the row says so, in a transaction of its own; what it answered is written in another. Between
the two anything may die: a row that is still `sending` when its lease has run out is of unknown fate. What is unknown is
asked about until the provider says something, and is sent again only after it said that it never heard of it, under the
same key.
"""

import asyncio
import functools
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import prometheus_client

from boundary.kernel.runtime import audit, telemetry, transaction
from customer_stack.ledger.service import accounts
from customer_stack.payments import ports
from customer_stack.payments.model import entries
from customer_stack.payments.model import payouts as model
from customer_stack.payments.model.beneficiaries import Screened
from customer_stack.payments.model.payouts import Event, Found, Payout, Sent, Standing, State, Verdict, Withdrawal
from customer_stack.payments.repo import withdrawals as repo
from customer_stack.payments.rules import beneficiaries as beneficiary_rules
from customer_stack.payments.rules import sending as rules
from customer_stack.payments.service import beneficiaries, withdrawals
from customer_stack.payments.service.wiring import Payments, iso_unit

AT_ONCE = 8
NOT_CLEAR = timedelta(hours=1)
SENT = prometheus_client.Counter("payments_sent", "Attempts to hand over a withdrawal", ["provider", "verdict"])
STOPPED = telemetry.Event("payments.stopped", withdrawal=UUID)
CONTRADICTED = telemetry.Event("payments.contradicted", withdrawal=UUID, state=telemetry.Word, said=telemetry.Word)


async def one(db: transaction.Database, pay: Payments, id_: UUID) -> None:
    """Hand this one over if it is queued and due, or ask about it if it is not known where it stands."""
    payout = await db.run("payments.begin", lambda tx: _begin(tx, pay, id_))
    if payout is None:
        return
    provider, request = payout
    sent = await _sent(provider, request)
    SENT.labels(provider.name, sent.verdict.value).inc()
    await db.run("payments.sent", lambda tx: _record(tx, pay, id_, sent))


async def _sent(provider: ports.Provider, payout: Payout) -> Sent:
    """Whatever an adapter does not foresee may have happened after the request left."""
    try:
        return await provider.send(payout)
    except Exception as error:  # noqa: BLE001 -- of unknown fate, which is an answer
        telemetry.fault(error)
        return Sent(Verdict.UNKNOWN, code="adapter_failed")


async def _begin(tx: transaction.Tx, pay: Payments, id_: UUID) -> tuple[ports.Provider, Payout] | None:
    now = pay.clock.now()
    made = await withdrawals.held(tx, id_)
    if made.state is not State.QUEUED or made.due_at is None or made.due_at > now:
        return None
    payee = await beneficiaries.locked(tx, made.beneficiary)
    standing = (await pay.screener.standing(tx, [payee.id], now)).get(payee.id, payee.screened)
    stopped = {payee.screened, standing} != {Screened.CLEAR} or beneficiary_rules.unusable(payee, now) == "removed"
    if stopped or await pay.customers.frozen(tx, made.account, now):
        await repo.later(tx, id_, now + NOT_CLEAR)  # all was well when it was asked for; somebody looks into it
        telemetry.emit(STOPPED, "error", withdrawal=id_)
        return None
    payout = await _payout(tx, pay, made)
    await withdrawals.moved(tx, pay, made, Event.BEGIN, "", now, due_at=now + rules.LEASE)
    await repo.attempt(tx, id_)
    return pay.provider(made.provider), payout


async def _payout(tx: transaction.Tx, pay: Payments, made: Withdrawal) -> Payout:
    payee = await beneficiaries.opened(tx, pay, await beneficiaries.locked(tx, made.beneficiary))
    asset = (await accounts.assets(tx))[made.asset]
    return Payout(
        id=made.id,
        currency=asset.code,
        minor=made.amount // iso_unit(asset),
        rail=made.rail,
        beneficiary=made.beneficiary,
        name=payee.name,
        details=payee.details,
        reference=made.id.hex[:18].upper(),
        value_date=made.value_date,
        external=made.external,
    )


async def _record(tx: transaction.Tx, pay: Payments, id_: UUID, sent: Sent) -> None:
    """What the provider answered, unless its event was faster."""
    now = pay.clock.now()
    made = await withdrawals.held(tx, id_)
    if made.state is not State.SENDING:
        if sent.external:
            await repo.named_by_us(tx, id_, sent.external)
        return
    event = rules.BY_VERDICT[sent.verdict]
    over = event is Event.FAIL
    due_at = None if over else now + rules.wait(event, made.attempts)
    await withdrawals.moved(tx, pay, made, event, sent.code, now, external=sent.external, due_at=due_at)


async def ask(db: transaction.Database, pay: Payments, id_: UUID) -> None:
    """Read back one that is unknown, or that has been submitted for long."""

    async def read(tx: transaction.Tx) -> tuple[ports.Provider, Payout] | None:
        made = await withdrawals.held(tx, id_)
        now = pay.clock.now()
        if made.state not in {State.UNKNOWN, State.SUBMITTED} or made.due_at is None or made.due_at > now:
            return None
        await repo.later(tx, id_, now + rules.LEASE)  # nobody else asks meanwhile
        return pay.provider(made.provider), await _payout(tx, pay, made)

    asked = await db.run("payments.ask", read)
    if asked is None:
        return
    provider, payout = asked
    try:
        found = await provider.find(payout)
    except Exception as error:  # noqa: BLE001 -- nothing was learnt
        telemetry.fault(error)
        found = Found(Standing.UNKNOWN, code="adapter_failed")
    await db.run("payments.answered", lambda tx: learn(tx, pay, id_, found, asked=True))


async def learn(tx: transaction.Tx, pay: Payments, id_: UUID, found: Found, *, asked: bool = False) -> bool:
    """What a provider says of a withdrawal, by its event or because it was asked; whether anything followed."""
    now = pay.clock.now()
    made = await withdrawals.held(tx, id_)
    if found.standing is Standing.NONE and made.state is State.UNKNOWN and now < made.changed_at + rules.SETTLED:
        await repo.later(tx, id_, now + rules.ASK_FIRST)  # it may only not have arrived yet
        return False
    if made.state is State.COMPLETED and found.standing is Standing.FAILED and found.returned_minor:
        found = msgspec.structs.replace(found, standing=Standing.RETURNED)  # some say "failed" of what came back late
    events = rules.events(made.state, found.standing)
    returned = await _returned(tx, made, found)
    if events is None or (Event.RETURN in events and returned is None):
        await _contradicted(tx, made, found)
        return False
    for event in events:
        due_at = None
        if event in {Event.ACCEPT, Event.MISS}:
            due_at = now + rules.wait(event, made.attempts)
        made = await withdrawals.moved(
            tx, pay, made, event, found.code, now, external=found.external, due_at=due_at,
            returned=returned if event is Event.RETURN else None,
        )  # fmt: skip
    if not events and asked and made.state in model.OPEN:
        waited = max(now - made.changed_at, rules.ASK_FIRST)
        await repo.later(tx, id_, now + min(waited, rules.ASK_MAX))
    return bool(events)


async def _returned(tx: transaction.Tx, made: Withdrawal, found: Found) -> int | None:
    """How much came back, in the ledger's unit: all of it unless the provider says less; more than all is nonsense."""
    if found.standing is not Standing.RETURNED:
        return None
    if found.returned_minor is None:
        return made.amount
    asset = (await accounts.assets(tx))[made.asset]
    back = found.returned_minor * iso_unit(asset)
    return back if 0 < back <= made.amount else None


async def _contradicted(tx: transaction.Tx, made: Withdrawal, found: Found) -> None:
    """Nothing moves on a word that cannot be; it goes onto finance's list once."""
    if await repo.is_contradicted(tx, made.id):
        return
    await repo.contradicted(tx, made.id)
    await audit.write(tx, entries.WithdrawalContradicted(made.id, made.state.value, found.standing.value))
    telemetry.emit(
        CONTRADICTED, "error", withdrawal=made.id, state=telemetry.Word(made.state.value),
        said=telemetry.Word(found.standing.value),
    )  # fmt: skip


async def due(db: transaction.Database, pay: Payments, seconds_max: int) -> int:
    """Whatever is due: hand over, ask back, and call those lost whose sender died. How many were looked at."""
    end, count = pay.clock.now() + timedelta(seconds=seconds_max), 0
    seen: set[UUID] = set()
    while pay.clock.now() < end:
        found = await db.run(
            "payments.due", functools.partial(repo.due, now=pay.clock.now(), limit=AT_ONCE, but=list(seen))
        )
        await asyncio.gather(*(_one_due(db, pay, *each) for each in found))
        seen |= {id_ for id_, _ in found}
        count += len(found)
        if len(found) < AT_ONCE:
            break
    return count


async def _one_due(db: transaction.Database, pay: Payments, id_: UUID, state: State) -> None:
    if state is State.SENDING:
        await db.run("payments.lost", lambda tx: _lost(tx, pay, id_))
    elif state is State.QUEUED:
        await one(db, pay, id_)
    else:
        await ask(db, pay, id_)


async def _lost(tx: transaction.Tx, pay: Payments, id_: UUID) -> None:
    now = pay.clock.now()
    made = await withdrawals.held(tx, id_)
    if made.state is State.SENDING and made.due_at is not None and made.due_at <= now:
        await withdrawals.moved(tx, pay, made, Event.LOSE, "sender_died", now, due_at=now + rules.ASK_FIRST)


def overdue(made: Withdrawal, now: datetime) -> bool:
    """Whether finance should look: of unknown fate for longer than an hour."""
    return made.state is State.UNKNOWN and now - made.changed_at > rules.ASK_MAX
