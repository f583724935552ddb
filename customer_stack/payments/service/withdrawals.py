"""Withdrawals: asked for and held in one transaction, moved only along their table, settled by the ledger.

What a customer asks for is cleared, routed, priced and held at once: two pending transfers, one of the amount to the
bank account of the house, one of the fee. Both are posted when the provider says that it is done, both voided when it
says that it will not be. A refusal by clearance leaves the withdrawal as refused, with its codes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel.runtime import audit, jobs, transaction
from customer_stack.ledger import model as ledger
from customer_stack.ledger.formats import amounts
from customer_stack.ledger.model import status
from customer_stack.ledger.service import accounts, posting
from customer_stack.payments import ports
from customer_stack.payments.model import beneficiaries as beneficiary_model
from customer_stack.payments.model import entries, hooks, rails, travel
from customer_stack.payments.model import payouts as model
from customer_stack.payments.model.payouts import Event, State
from customer_stack.payments.repo import withdrawals as repo
from customer_stack.payments.rules import beneficiaries as beneficiary_rules
from customer_stack.payments.rules import fees
from customer_stack.payments.rules import rails as rail_rules
from customer_stack.payments.rules import sending as sending_rules
from customer_stack.payments.service import beneficiaries, telling
from customer_stack.payments.service.wiring import Code, Payments, by_code, derived, iso_unit

_CASH = ledger.Kind.CUSTOMER_CASH
_PENDING = ledger.Flag.PENDING
CODE_MAX = 64
NOT_ALLOWED = "not_allowed"
BY_HOUSE = "by_house"
"""What the owner of a withdrawal that a freeze ended is told: not that there is a freeze."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer asks for. The amount is decimal text at ISO's places, so 12.50 and not 12.500000."""

    beneficiary: UUID
    amount: str
    priority: rails.Priority = rails.Priority.STANDARD


class Quoted(msgspec.Struct, frozen=True):
    """What it would cost and how it would go."""

    route: rails.Answer
    provider: str
    asset: ledger.Asset
    minor: int
    amount: int
    fee: int


async def quote(
    tx: transaction.Tx,
    pay: Payments,
    payee: beneficiary_model.Opened,
    text: str,
    priority: rails.Priority,
    now: datetime,
) -> Quoted:
    """Route and price; refused where the beneficiary lacks what the rail needs."""
    currency = payee.beneficiary.currency
    asset = by_code(await accounts.assets(tx), currency)
    unit = iso_unit(asset)
    amount = amounts.read(text, asset.scale)
    if amount % unit:
        raise model.AmountWrong("the currency has fewer places than the amount", currency=currency)
    minor = amount // unit
    route = rail_rules.detect_rail(
        currency, pay.policy.country, payee.beneficiary.country, at=now, amount=minor, priority=priority,
        offered=pay.offered(currency),
    )  # fmt: skip
    lacking = beneficiary_rules.missing(route.needs, payee.details, payee.beneficiary.payee)
    if lacking:
        raise beneficiary_model.NotUsable("the rail needs what the beneficiary lacks", reason=lacking)
    fee = fees.fixed(route, currency) * unit
    return Quoted(route, pay.choose(route.rail, currency).name, asset, minor, amount, fee)


async def create(tx: transaction.Tx, pay: Payments, account: UUID, wanted: Wanted) -> model.Withdrawal:
    """Clear, hold and queue it, or let it wait for a second person."""
    now = pay.clock.now()
    held = await beneficiaries.own(tx, account, wanted.beneficiary, hold=True)
    why = beneficiary_rules.unusable(held, now)
    if why:
        raise beneficiary_model.NotUsable("money cannot go there now", reason=why)
    payee = await beneficiaries.opened(tx, pay, held)
    quoted = await quote(tx, pay, payee, wanted.amount, wanted.priority, now)
    cash = await accounts.ensure(tx, account, _CASH, quoted.asset.number, pay.ids)
    id_ = pay.ids.ordered()
    made = model.Withdrawal(
        id=id_,
        account=account,
        beneficiary=held.id,
        asset=quoted.asset.number,
        amount=quoted.amount,
        fee=quoted.fee,
        rail=quoted.route.rail,
        provider=quoted.provider,
        state=State.REQUESTED,
        reason="",
        external="",
        hold=derived(id_, "hold"),
        fee_hold=derived(id_, "fee") if quoted.fee else None,
        attempts=0,
        value_date=quoted.route.value_date,
        created_at=now,
        changed_at=now,
        revision=1,
    )
    verdict = await _judged(tx, pay, made, payee, cash.id, now)
    await repo.add(tx, made, msgspec.json.encode(quoted.route))
    return await _answered(tx, pay, made, verdict, quoted.asset, cash.id, now)


async def _judged(
    tx: transaction.Tx,
    pay: Payments,
    made: model.Withdrawal,
    payee: beneficiary_model.Opened,
    cash: UUID,
    now: datetime,
) -> ports.Verdict:
    """Clearance is asked with what must travel along: who sends, verified by onboarding, and who receives."""
    originator = await pay.customers.originator(tx, made.account)
    travelling = travel.Travel(
        msgspec.structs.replace(originator, account=str(cash)), beneficiary_rules.party(payee.name, payee.details)
    )
    operation = ports.Operation(
        id=made.id, kind="withdrawal", account=made.account, ledger_account=cash, amount=made.amount,
        asset=made.asset, counterparty=made.beneficiary, destination=payee.beneficiary.country, travel=travelling,
    )  # fmt: skip
    (verdict,) = await pay.clearance.evaluate(tx, [operation], now)
    return verdict


async def _answered(
    tx: transaction.Tx,
    pay: Payments,
    made: model.Withdrawal,
    verdict: ports.Verdict,
    asset: ledger.Asset,
    cash: UUID,
    now: datetime,
) -> model.Withdrawal:
    """Held and queued, or waiting for somebody, or refused: with no more of the reasons than a customer may hear."""
    if verdict.answer == ports.REVIEW:
        return made if made.state is State.UNDER_REVIEW else await moved(tx, pay, made, Event.HOLD, "", now)
    if verdict.answer != ports.ALLOW:
        return await moved(tx, pay, made, Event.REFUSE, ",".join(verdict.told)[:CODE_MAX] or NOT_ALLOWED, now)
    await _hold(tx, pay, made, cash, verdict.id, now)
    limit = pay.policy.approval_above.get(asset.code, 0)
    if made.amount // iso_unit(asset) > limit:
        return await moved(tx, pay, made, Event.ASK, "", now)
    return await queued(tx, pay, made, now)


async def pay_back(tx: transaction.Tx, pay: Payments, made: model.Withdrawal, route: rails.Answer) -> model.Withdrawal:
    """Queue what the house gives back: held out of what is payable, free of charge."""
    now = pay.clock.now()
    source = await accounts.ensure(tx, ledger.HOUSE, ledger.Kind.PAYABLE, made.asset, pay.ids)
    await repo.add(tx, made, msgspec.json.encode(route))
    await _hold(tx, pay, made, source.id, None, now)
    return await queued(tx, pay, made, now)


async def reconsider(tx: transaction.Tx, pay: Payments, id_: UUID) -> None:
    """Judge again what compliance has looked at. What it released is held and goes, if the money is still there."""
    now, found = pay.clock.now(), await held(tx, id_)
    said = (await pay.reviews.of(tx, [id_])).get(id_, "") if found.state is State.UNDER_REVIEW else ""
    if said == "refused":
        await moved(tx, pay, found, Event.REFUSE, NOT_ALLOWED, now)
    if said not in {"released", "lapsed"}:
        return
    payee = await beneficiaries.locked(tx, found.beneficiary)
    why = beneficiary_rules.unusable(payee, now)
    if why:
        await moved(tx, pay, found, Event.REFUSE, why, now)
        return
    asset = (await accounts.assets(tx))[found.asset]
    cash = await accounts.ensure(tx, found.account, _CASH, found.asset, pay.ids)
    verdict = await _judged(tx, pay, found, await beneficiaries.opened(tx, pay, payee), cash.id, now)
    await _answered(tx, pay, found, verdict, asset, cash.id, now)


async def refused(tx: transaction.Tx, pay: Payments, id_: UUID, code: str) -> None:
    """End one that waited for compliance, and cannot go any more."""
    found = await held(tx, id_)
    if found.state is State.UNDER_REVIEW:
        await moved(tx, pay, found, Event.REFUSE, code, pay.clock.now())


async def waiting(tx: transaction.Tx, after: UUID | None, limit: int) -> list[UUID]:
    return await repo.under_review(tx, after, limit)


async def end_unsent(tx: transaction.Tx, pay: Payments, account: UUID, saga: UUID) -> int:
    """End everything of an account that nobody was handed, and give the money back to it. Once more changes nothing."""
    found = await repo.unsent(tx, account)
    for each in found:
        await moved(tx, pay, each, Event.CANCEL, BY_HOUSE, pay.clock.now())
    if found:
        await audit.write(tx, entries.WithdrawalsEnded(account, saga, len(found)))
    return len(found)


class CancelWithdrawals(NamedTuple):
    """The step of a late refusal that belongs to payments; it has the shape of `kyc.ports.Step`."""

    pay: Payments
    name: str = "payments.cancel_withdrawals"

    async def apply(self, tx: transaction.Tx, account: UUID, saga: UUID) -> None:
        await end_unsent(tx, self.pay, account, saga)


async def queued(tx: transaction.Tx, pay: Payments, made: model.Withdrawal, now: datetime) -> model.Withdrawal:
    found = await moved(tx, pay, made, Event.QUEUE, "", now, due_at=now)
    await jobs.enqueue(tx, entries.Send(made.id), pay.ids)
    return found


async def _hold(
    tx: transaction.Tx, pay: Payments, made: model.Withdrawal, cash: UUID, verdict: UUID | None, now: datetime
) -> None:
    """Take the amount, which the verdict allows, and the fee beside it out of what is available. What the house pays
    back is not a customer's, and needs no verdict.
    """
    bank = await accounts.ensure(tx, ledger.HOUSE, ledger.Kind.BANK, made.asset, pay.ids)
    wanted = [
        ledger.Transfer(
            made.hold,
            cash,
            bank.id,
            made.amount,
            made.asset,
            Code.WITHDRAWAL,
            int(_PENDING),
            reference=made.id,
            verdict=verdict,
        )
    ]
    if made.fee_hold is not None:
        income = await accounts.ensure(tx, ledger.HOUSE, ledger.Kind.FEES, made.asset, pay.ids)
        wanted.append(
            ledger.Transfer(
                made.fee_hold,
                cash,
                income.id,
                made.fee,
                made.asset,
                Code.FEE,
                int(_PENDING),
                reference=made.id,
                cause=ledger.Cause.FEE,
            )
        )
    await _post(tx, wanted, now)


async def _post(tx: transaction.Tx, wanted: Sequence[ledger.Transfer], now: datetime) -> None:
    linked = [
        msgspec.structs.replace(each, flags=each.flags | ledger.Flag.LINKED) if place < len(wanted) - 1 else each
        for place, each in enumerate(wanted)
    ]
    answers = [each.status for each in await posting.post(tx, linked, now)]
    if status.Status.EXCEEDS_CREDITS in answers:
        raise model.NotEnough("amount and fee are more than is available")
    for answer in answers:
        if answer not in {status.Status.CREATED, status.Status.EXISTS}:
            raise posting.NotPosted("the ledger refuses the transfer", reason=answer.value)


def _ends(made: model.Withdrawal, flag: ledger.Flag) -> list[ledger.Transfer]:
    """Post or void both holds. Their ids follow from the withdrawal, so ending it again ends nothing twice."""
    amount = ledger.AMOUNT_MAX if flag is ledger.Flag.POST else 0
    return [
        ledger.Transfer(
            derived(hold, flag.name or ""), ledger.NIL, ledger.NIL, amount, 0, 0, int(flag), pending_id=hold,
            reference=made.id,
        )
        for hold in (made.hold, made.fee_hold)
        if hold is not None
    ]  # fmt: skip


async def moved(
    tx: transaction.Tx,
    pay: Payments,
    made: model.Withdrawal,
    event: Event,
    code: str,
    now: datetime,
    *,
    external: str = "",
    due_at: datetime | None = None,
    returned: int | None = None,
) -> model.Withdrawal:
    """One transition with all that it means: the row, a step, the ledger, the audit log, and who has to be told."""
    state = model.MACHINE.advance(made.state, event)
    code = sending_rules.code(code[:CODE_MAX])
    if state is State.COMPLETED:
        await _post(tx, _ends(made, ledger.Flag.POST), now)
    elif state in {State.FAILED, State.CANCELLED} and made.state in model.HELD:
        await _post(tx, _ends(made, ledger.Flag.VOID), now)
    elif state is State.RETURNED:
        assert returned is not None, "a return says how much"
        await _give_back(tx, pay, made, returned, now)
    await repo.move(tx, made.id, state, reason=code, external=external, due_at=due_at, returned=returned, now=now)
    await repo.step(tx, made.id, model.Step(state, event, code, now))
    await audit.write(tx, entries.WithdrawalMoved(made.id, made.state.value, event.value, state.value, code))
    data = hooks.facts(id=str(made.id), state=state.value, code=code, rail=made.rail.value)
    await telling.tell(tx, [(f"withdrawal.{state.value}", data)], now)
    return msgspec.structs.replace(
        made, state=state, reason=code, external=external or made.external, due_at=due_at, revision=made.revision + 1,
        changed_at=now, returned=returned if returned is not None else made.returned,
    )  # fmt: skip


async def _give_back(tx: transaction.Tx, pay: Payments, made: model.Withdrawal, returned: int, now: datetime) -> None:
    """What came back is credited, as it came: the whole of it mirrors what was posted, less than that stands for itself.

    The money is here whatever a bound says, so it is recorded; the fee for sending it was earned.
    """
    bank = await accounts.ensure(tx, ledger.HOUSE, ledger.Kind.BANK, made.asset, pay.ids)
    if made.deposit is None:
        cash = await accounts.ensure(tx, made.account, _CASH, made.asset, pay.ids)
    else:
        cash = await accounts.ensure(tx, ledger.HOUSE, ledger.Kind.PAYABLE, made.asset, pay.ids)
    whole = returned == made.amount
    await _post(
        tx,
        [
            ledger.Transfer(
                derived(made.id, "return"), bank.id, cash.id, returned, made.asset, Code.RETURN,
                int(ledger.Flag.RECORDED), reference=made.id,
                reverses=derived(made.hold, "POST") if whole else ledger.NIL,
            )
        ],
        now,
    )  # fmt: skip


async def cancel(tx: transaction.Tx, pay: Payments, account: UUID, id_: UUID) -> model.Withdrawal:
    """Its owner changes their mind, as long as nobody was handed it."""
    found = await own(tx, account, id_, hold=True)
    if found.state not in model.UNSENT or found.attempts:
        raise model.NotCancellable("it is on its way, or over", state=found.state.value)
    return await moved(tx, pay, found, Event.CANCEL, "by_owner", pay.clock.now())


async def own(tx: transaction.Tx, account: UUID, id_: UUID, *, hold: bool = False) -> model.Withdrawal:
    found = await repo.one(tx, id_, hold=hold)
    if found is None or found.account != account:
        raise model.NoWithdrawal("there is no such withdrawal")
    return found


async def held(tx: transaction.Tx, id_: UUID) -> model.Withdrawal:
    found = await repo.one(tx, id_, hold=True)
    if found is None:
        raise model.NoWithdrawal("there is no such withdrawal")
    return found


async def listed(tx: transaction.Tx, account: UUID, before: UUID | None, limit: int) -> list[model.Withdrawal]:
    return await repo.listed(tx, account, before, limit)


async def steps(tx: transaction.Tx, ids: Sequence[UUID]) -> dict[UUID, list[model.Step]]:
    return await repo.steps(tx, ids)


async def route(tx: transaction.Tx, id_: UUID) -> rails.Answer:
    return msgspec.json.decode(await repo.route(tx, id_), type=rails.Answer)


async def work(
    tx: transaction.Tx, states: Sequence[State], after: UUID | None, limit: int, *, contradicted: bool = False
) -> list[model.Withdrawal]:
    """For finance: those in some states, or those of which a provider said what cannot be."""
    return await repo.work(tx, states, after, limit, contradicted=contradicted)
