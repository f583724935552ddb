"""Money that came in, booked as a set: to whom its reference names, or to suspense when it names nobody.

The bank has moved it already, so it is recorded, not asked for. Each line has a name that is its provider's and its own:
whatever tells us of it again, a statement after an event, finds it booked.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import currencies, errors, primitives
from boundary.kernel.runtime import audit, telemetry, transaction
from customer_stack.fx.service import house
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import accounts, posting
from customer_stack.payments import ports
from customer_stack.payments.model import deposits as model
from customer_stack.payments.model import entries, hooks
from customer_stack.payments.model.deposits import Arrival, Deposit, Reference, State, Why
from customer_stack.payments.repo import deposits as repo
from customer_stack.payments.rules import references
from customer_stack.payments.service import telling
from customer_stack.payments.service.wiring import Code, Payments, by_code, derived, iso_unit

REMITTER = "deposit.remitter"
AT_ONCE = 1000
HELD_UP = telemetry.Event("payments.deposit_held_up", deposit=UUID, answer=telemetry.Word)
_CASH = ledger.Kind.CUSTOMER_CASH


class Booked(NamedTuple):
    """What became of some lines."""

    booked: int
    suspense: int
    known: int


class _Placed(NamedTuple):
    """An arrival, the asset that it is, and whose it is, if anybody's; `intended` is who may not be credited now."""

    id: UUID
    arrival: Arrival
    asset: ledger.Asset
    reference: Reference | None
    why: str
    intended: UUID | None = None


async def book(tx: transaction.Tx, pay: Payments, provider: str, arrivals: Sequence[Arrival]) -> Booked:
    """Book those that are new, all in a few statements."""
    assert len(arrivals) <= AT_ONCE, "the caller cuts"
    now = pay.clock.now()
    known = await repo.known(tx, provider, [each.line for each in arrivals])
    fresh = list({each.line: each for each in arrivals if each.line not in known}.values())
    if not fresh:
        return Booked(0, 0, len(arrivals))
    assets = await accounts.assets(tx)
    placed = await _placed(tx, pay, provider, fresh, assets)
    cash = await _cash(tx, pay, placed)
    placed = await _cleared(tx, pay, placed, cash, now)
    made = [_deposit(each, now) for each in placed]
    ours = await _house(tx, pay, {each.asset.number for each in placed})
    await posting.post_all(tx, [_transfer(*each, cash, ours, now) for each in zip(made, placed, strict=True)], now)
    await _keep(tx, pay, provider, made, placed, now)
    booked = sum(each.state is State.BOOKED for each in made)
    return Booked(booked, len(made) - booked, len(arrivals) - len(made))


async def count_in(tx: transaction.Tx, codes: Collection[str]) -> None:
    """Register currencies that money came in and that nobody held before: it has to be booked somewhere."""
    known = {each.code for each in (await accounts.assets(tx)).values() if each.kind is ledger.AssetKind.CURRENCY}
    for code in sorted(set(codes) - known):
        number, scale = currencies.ACTIVE[code]
        scale = house.FINER.get(code, scale)
        await accounts.add_asset(tx, ledger.Asset(number, code, scale, ledger.AssetKind.CURRENCY))


async def _placed(
    tx: transaction.Tx, pay: Payments, provider: str, arrivals: Sequence[Arrival], assets: dict[int, ledger.Asset]
) -> list[_Placed]:
    texts = {each.line: references.found(each.texts) for each in arrivals}
    by_text = await repo.by_text(tx, sorted({text for found in texts.values() for text in found}))
    by_external = await repo.by_external(tx, provider, sorted({each.external for each in arrivals if each.external}))
    placed = []
    for each in arrivals:
        asset = by_code(assets, each.currency)
        written = {by_text[text] for text in texts[each.line] if text in by_text}
        named = {by_external[each.external]} if each.external in by_external else written
        reference, why = next(iter(named)) if len({found.account for found in named}) == 1 else None, ""
        if reference is None:
            why = Why.REFERENCE_UNKNOWN if texts[each.line] or each.external else Why.NO_REFERENCE
        elif reference.asset != asset.number:
            reference, why = None, Why.OTHER_CURRENCY
        placed.append(_Placed(pay.ids.ordered(), each, asset, reference, why))
    return placed


async def _cash(tx: transaction.Tx, pay: Payments, placed: Sequence[_Placed]) -> dict[tuple[UUID, int], UUID]:
    """The cash accounts of everybody who is credited. A reference is given out with its account, so they are there."""
    wanted = {(each.reference.account, each.asset.number) for each in placed if each.reference is not None}
    found: dict[tuple[UUID, int], UUID] = {}
    for each in await accounts.of_owners(tx, sorted({owner for owner, _ in wanted})):
        if each.code == _CASH and each.owner is not None:
            found[each.owner, each.asset] = each.id
    for owner, asset in sorted(wanted - found.keys()):
        found[owner, asset] = (await accounts.ensure(tx, owner, _CASH, asset, pay.ids)).id
    return found


async def _cleared(
    tx: transaction.Tx, pay: Payments, placed: list[_Placed], cash: dict[tuple[UUID, int], UUID], now: datetime
) -> list[_Placed]:
    """Who may not be credited waits in suspense: the money is here either way. An operation has the deposit's number, so
    that what compliance decides about it later is about this deposit.
    """
    operations = [
        _operation(
            each.id,
            each.reference.account,
            cash[each.reference.account, each.asset.number],
            each.arrival.minor * iso_unit(each.asset),
            each.asset.number,
        )
        for each in placed
        if each.reference is not None
    ]
    verdicts = iter(await pay.clearance.evaluate(tx, operations, now) if operations else ())
    return [each if each.reference is None else _judged(each, each.reference, next(verdicts)) for each in placed]


def _judged(each: _Placed, reference: Reference, verdict: ports.Verdict) -> _Placed:
    if verdict.answer == ports.ALLOW:
        return each
    why = _held_up(each.id, verdict)
    return each._replace(reference=None, why=why.value, intended=reference.account)


def _held_up(id_: UUID, verdict: ports.Verdict) -> Why:
    """Nobody may overlook money that came for somebody and was not credited."""
    telemetry.emit(HELD_UP, "error", deposit=id_, answer=telemetry.Word(str(verdict.answer)))
    return Why.CLEARANCE if verdict.answer == ports.REVIEW else Why.CLEARANCE_REFUSED


def _operation(id_: UUID, account: UUID, cash: UUID, amount: int, asset: int) -> ports.Operation:
    return ports.Operation(id=id_, kind="deposit", account=account, ledger_account=cash, amount=amount, asset=asset)


def _deposit(each: _Placed, now: datetime) -> Deposit:
    return Deposit(
        id=each.id,
        provider=each.arrival.provider,
        account=each.reference.account if each.reference is not None else None,
        asset=each.asset.number,
        amount=each.arrival.minor * iso_unit(each.asset),
        value_date=each.arrival.value_date,
        state=State.BOOKED if each.reference is not None else State.SUSPENSE,
        why=str(each.why),
        transfer=derived(each.id, "deposit"),
        created_at=now,
        intended=each.intended,
    )


async def _house(tx: transaction.Tx, pay: Payments, assets: set[int]) -> dict[int, tuple[UUID, UUID]]:
    """Bank and suspense of each asset."""
    return {
        asset: (
            (await accounts.ensure(tx, ledger.HOUSE, ledger.Kind.BANK, asset, pay.ids)).id,
            (await accounts.ensure(tx, ledger.HOUSE, ledger.Kind.SUSPENSE, asset, pay.ids)).id,
        )
        for asset in sorted(assets)
    }


def _transfer(
    made: Deposit,
    each: _Placed,
    cash: dict[tuple[UUID, int], UUID],
    ours: dict[int, tuple[UUID, UUID]],
    now: datetime,
) -> ledger.Transfer:
    bank, suspense = ours[made.asset]
    credit = suspense if each.reference is None else cash[each.reference.account, made.asset]
    effective = datetime.combine(made.value_date, time(), UTC)
    return ledger.Transfer(
        made.transfer, bank, credit, made.amount, made.asset, Code.DEPOSIT, int(ledger.Flag.RECORDED),
        reference=made.id,
        effective_at=effective if abs(effective - now) < ledger.EFFECTIVE_WITHIN - timedelta(days=1) else None,
    )  # fmt: skip


async def _keep(
    tx: transaction.Tx, pay: Payments, provider: str, made: list[Deposit], placed: list[_Placed], now: datetime
) -> None:
    strangers = {
        deposit.id: each.arrival.remitter
        for deposit, each in zip(made, placed, strict=True)
        if each.reference is None and each.arrival.remitter
    }
    sealed: dict[tuple[UUID, str], bytes] = {}
    if strangers:
        await pay.vault.create_many(tx, strangers)
        sealed = await pay.vault.seal_many(tx, {(id_, REMITTER): name for id_, name in strangers.items()})
    rows = [
        (deposit, each.arrival.line, sealed.get((deposit.id, REMITTER)))
        for deposit, each in zip(made, placed, strict=True)
    ]
    await repo.add(tx, provider, now, rows)
    digest = primitives.sha256(b"".join(each.id.bytes + each.transfer.bytes for each in made))
    waiting = sum(each.state is State.SUSPENSE for each in made)
    await audit.write(tx, entries.DepositBooked(len(made), waiting, digest))
    told = [
        (f"deposit.{each.state.value}", hooks.facts(id=str(each.id), state=each.state.value, why=_said(each.why)))
        for each in made
    ]
    await telling.tell(tx, told, now)


def _said(why: str) -> str:
    """What an operator's systems are told: not which way compliance leans."""
    return Why.CLEARANCE.value if why == Why.CLEARANCE_REFUSED else why


def line_of(provider: str, *parts: str) -> bytes:
    """The name of a line for ever: whatever identifies it at its provider."""
    return primitives.sha256("\0".join((provider, *parts)).encode())


# ---- references


async def reference(
    tx: transaction.Tx, pay: Payments, account: UUID, currency: str, provider: str, external: str
) -> Reference:
    """The customer's reference for a currency: the one they have, or a new one."""
    asset = by_code(await accounts.assets(tx), currency)
    await accounts.ensure(tx, account, _CASH, asset.number, pay.ids)
    made = Reference(references.make(pay.ids.token(9)), account, asset.number, provider, external)
    await repo.add_reference(tx, made, pay.clock.now())
    for each in await repo.references(tx, account):
        if (each.asset, each.provider) == (asset.number, provider):
            return each
    raise errors.Conflict("the reference was not kept")


async def references_of(tx: transaction.Tx, account: UUID) -> list[Reference]:
    return await repo.references(tx, account)


# ---- what customers and finance read


async def listed(tx: transaction.Tx, account: UUID, before: UUID | None, limit: int) -> list[Deposit]:
    return await repo.listed(tx, account, before, limit)


async def own(tx: transaction.Tx, account: UUID, id_: UUID) -> Deposit:
    found = await repo.one(tx, id_)
    if found is None or found.account != account:
        raise model.NoDeposit("there is no such deposit")
    return found


async def suspense(tx: transaction.Tx, after: UUID | None, limit: int) -> list[Deposit]:
    """The oldest first: somebody has waited longest for it."""
    return await repo.suspense(tx, after, limit)


async def remitter(tx: transaction.Tx, pay: Payments, id_: UUID) -> str:
    """Who sent money that nobody could place, as the bank wrote it."""
    sealed = await repo.remitter(tx, id_)
    if sealed is None:
        return ""
    return (await pay.vault.open(tx, id_, {REMITTER: sealed}))[REMITTER]


async def in_suspense(tx: transaction.Tx, id_: UUID) -> Deposit:
    """Held, or why it cannot be resolved."""
    found = await repo.one(tx, id_, hold=True)
    if found is None:
        raise model.NoDeposit("there is no such deposit")
    if found.state is not State.SUSPENSE:
        raise model.NotInSuspense("the money is not in suspense", state=found.state.value)
    return found


async def credit(tx: transaction.Tx, pay: Payments, found: Deposit, account: UUID) -> bool:
    """Out of suspense to a customer, if clearance allows that; otherwise it stays, and is theirs to wait for."""
    now = pay.clock.now()
    cash = await accounts.ensure(tx, account, _CASH, found.asset, pay.ids)
    operation = _operation(found.id, account, cash.id, found.amount, found.asset)
    (verdict,) = await pay.clearance.evaluate(tx, [operation], now)
    if verdict.answer == ports.ALLOW:
        await resolve(tx, pay, found, State.RELEASED, account)
        return True
    why = _held_up(found.id, verdict)
    if (found.why, found.intended) != (why, account):
        await repo.judged(tx, found.id, why, account)
        await audit.write(tx, entries.DepositHeldUp(found.id, why.value))
    return False


async def reconsider(tx: transaction.Tx, pay: Payments, id_: UUID) -> None:
    """Look again at money that compliance was to look at. What they refused stays, for finance to send it back."""
    found = await repo.one(tx, id_, hold=True)
    if found is None or found.state is not State.SUSPENSE or found.why != Why.CLEARANCE or found.intended is None:
        return
    said = (await pay.reviews.of(tx, [id_])).get(id_, "")
    if said == "refused":
        await repo.judged(tx, id_, Why.CLEARANCE_REFUSED, found.intended)
        await audit.write(tx, entries.DepositHeldUp(id_, Why.CLEARANCE_REFUSED.value))
    elif said in {"released", "lapsed"} and await credit(tx, pay, found, found.intended):
        await audit.write(tx, entries.DepositCleared(id_))


async def waiting(tx: transaction.Tx, after: UUID | None, limit: int) -> list[UUID]:
    return await repo.judged_again(tx, after, limit)


async def resolve(tx: transaction.Tx, pay: Payments, found: Deposit, to: State, account: UUID | None) -> Deposit:
    """Out of suspense: to a customer who was found, or to be paid back to where it came from."""
    now = pay.clock.now()
    (_, suspense_) = (await _house(tx, pay, {found.asset}))[found.asset]
    if account is not None:
        credit, code = await accounts.ensure(tx, account, _CASH, found.asset, pay.ids), Code.FROM_SUSPENSE
    else:
        credit = await accounts.ensure(tx, ledger.HOUSE, ledger.Kind.PAYABLE, found.asset, pay.ids)
        code = Code.TO_PAYABLE
    id_ = derived(found.id, "resolution")
    await posting.post_all(
        tx, [ledger.Transfer(id_, suspense_, credit.id, found.amount, found.asset, code, reference=found.id)], now
    )
    await repo.resolve(tx, found.id, to, account, id_, now)
    await telling.tell(tx, [(f"deposit.{to.value}", hooks.facts(id=str(found.id), state=to.value))], now)
    return found
