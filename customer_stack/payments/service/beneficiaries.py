"""Beneficiaries: added and changed with their checks done at once, usable when a cool-down has passed.

The name and the details are sealed under their owner's key; the same account twice is found by a blind index. Screening
happens in the transaction that stores them; whoever is not clear is stored, so that the evidence has something to stand
on, and cannot be paid. The payee's bank is asked before, outside of any transaction.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel.runtime import audit, transaction
from customer_stack.payments.model import beneficiaries as model
from customer_stack.payments.model import entries
from customer_stack.payments.repo import beneficiaries as repo
from customer_stack.payments.rules import beneficiaries as rules
from customer_stack.payments.service.wiring import Payments

NAME = "beneficiary.name"
DETAILS = "beneficiary.details"
INDEX = "bank_account"
COMMITMENT = "payments.beneficiary"
SCREEN_MAX = 50


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to be paid, as a customer says it."""

    name: model.Name
    currency: model.Currency
    country: model.Country
    details: model.Details


async def asked(pay: Payments, wanted: Wanted) -> tuple[model.Details, model.Payee]:
    """The details in their one form, and what the other bank says. Outside of any transaction: it asks somebody."""
    rules.check_name(wanted.name)
    details = rules.checked(wanted.details, wanted.country, pay.modulus)
    return details, await pay.payee.check(wanted.name, details, wanted.country)


async def add(
    tx: transaction.Tx, pay: Payments, account: UUID, wanted: Wanted, details: model.Details, payee: model.Payee
) -> model.Opened:
    now = pay.clock.now()
    await repo.alone(tx, account)
    if await repo.count(tx, account) >= rules.COUNT_MAX:
        raise model.TooMany("the account has as many beneficiaries as it may", count_max=rules.COUNT_MAX)
    index = pay.vault.blind(INDEX, rules.identity(details))
    if await repo.known(tx, account, wanted.currency, index, None):
        raise model.Exists("there is a beneficiary with this account already")
    id_ = pay.ids.ordered()
    made = await _made(tx, pay, id_, account, wanted, details, payee, now, created_at=now, revision=1)
    await repo.add(tx, made, index)
    commitment = pay.vault.commitment(COMMITMENT, msgspec.json.encode((wanted.name, details)))
    await audit.write(tx, entries.BeneficiaryAdded(id_, account, commitment, made.payee.value, made.screened.value))
    return model.Opened(made, wanted.name, details)


async def _made(
    tx: transaction.Tx,
    pay: Payments,
    id_: UUID,
    account: UUID,
    wanted: Wanted,
    details: model.Details,
    payee: model.Payee,
    now: datetime,
    *,
    created_at: datetime,
    revision: int,
) -> model.Beneficiary:
    countries = tuple(sorted({each for each in (wanted.country, details.bank_country) if each}))
    screened = await pay.screener.screen(tx, id_, account, wanted.name, countries, "beneficiary")
    sealed = await pay.vault.seal(tx, account, {NAME: wanted.name, DETAILS: msgspec.json.encode(details)})
    return model.Beneficiary(
        id=id_,
        account=account,
        state=model.State.ACTIVE,
        currency=wanted.currency,
        country=wanted.country,
        name=sealed[NAME],
        details=sealed[DETAILS],
        payee=payee,
        screened=screened,
        usable_at=now + pay.policy.cool_down,
        revision=revision,
        created_at=created_at,
        changed_at=now,
    )


async def change(
    tx: transaction.Tx,
    pay: Payments,
    held: model.Beneficiary,
    wanted: Wanted,
    details: model.Details,
    payee: model.Payee,
) -> model.Opened:
    """New details are a new beneficiary in all but its number: screened again, and cooling down again."""
    now = pay.clock.now()
    if wanted.currency != held.currency:
        raise model.DetailsWrong("a beneficiary keeps its currency", field="currency", fault="changed")
    index = pay.vault.blind(INDEX, rules.identity(details))
    await repo.alone(tx, held.account)
    if await repo.known(tx, held.account, held.currency, index, held.id):
        raise model.Exists("there is a beneficiary with this account already")
    made = await _made(
        tx,
        pay,
        held.id,
        held.account,
        wanted,
        details,
        payee,
        now,
        created_at=held.created_at,
        revision=held.revision + 1,
    )
    await repo.change(tx, made, index)
    commitment = pay.vault.commitment(COMMITMENT, msgspec.json.encode((wanted.name, details)))
    await audit.write(tx, entries.BeneficiaryChanged(held.id, commitment, made.payee.value, made.screened.value))
    return model.Opened(made, wanted.name, details)


async def remove(tx: transaction.Tx, pay: Payments, held: model.Beneficiary) -> None:
    await repo.remove(tx, held.id, pay.clock.now())
    await audit.write(tx, entries.BeneficiaryRemoved(held.id))


async def own(tx: transaction.Tx, account: UUID, id_: UUID, *, hold: bool = False) -> model.Beneficiary:
    """One of the caller's. A removed one is not there any more."""
    found = await repo.one(tx, id_, hold=hold)
    if found is None or found.account != account or found.state is not model.State.ACTIVE:
        raise model.NoBeneficiary("there is no such beneficiary")
    return found


async def opened(tx: transaction.Tx, pay: Payments, found: model.Beneficiary) -> model.Opened:
    clear = await pay.vault.open(tx, found.account, {NAME: found.name, DETAILS: found.details})
    return model.Opened(found, clear[NAME], msgspec.json.decode(clear[DETAILS], type=model.Details))


async def listed(
    tx: transaction.Tx, pay: Payments, account: UUID, after: UUID | None, limit: int
) -> list[model.Opened]:
    rows = await repo.listed(tx, account, after, limit)
    names = await pay.vault.open_rows(tx, account, NAME, [each.name for each in rows])
    details = await pay.vault.open_rows(tx, account, DETAILS, [each.details for each in rows])
    return [
        model.Opened(each, name, msgspec.json.decode(text, type=model.Details))
        for each, name, text in zip(rows, names, details, strict=True)
    ]


async def rows(tx: transaction.Tx, account: UUID) -> list[model.Beneficiary]:
    """All of an owner, removed ones included, the newest first."""
    return await repo.rows(tx, account)


async def locked(tx: transaction.Tx, id_: UUID) -> model.Beneficiary:
    found = await repo.one(tx, id_, hold=True)
    if found is None:
        raise model.NoBeneficiary("there is no such beneficiary")
    return found


async def screen_again(tx: transaction.Tx, pay: Payments) -> int:
    """Ask screening again about those of whom it had nothing final to say, a bounded number at a time."""
    now, changed = pay.clock.now(), await _decided(tx, pay)
    for each in await repo.unscreened(tx, SCREEN_MAX):
        clear = await opened(tx, pay, each)
        countries = tuple(sorted({each.country, *filter(None, [clear.details.bank_country])}))
        said = await pay.screener.screen(tx, each.id, each.account, clear.name, countries, "beneficiary")
        if said is not each.screened:
            await repo.screened(tx, each.id, said, now)
            await audit.write(tx, entries.BeneficiaryScreened(each.id, said.value))
            changed += 1
    return changed


async def _decided(tx: transaction.Tx, pay: Payments) -> int:
    """Take over what officers decided of those whom somebody was to look at."""
    now, held = pay.clock.now(), await repo.in_review(tx, SCREEN_MAX)
    said = await pay.screener.standing(tx, [each.id for each in held], now) if held else {}
    changed = [each for each in held if said.get(each.id, each.screened) is not each.screened]
    for each in changed:
        await repo.screened(tx, each.id, said[each.id], now)
        await audit.write(tx, entries.BeneficiaryScreened(each.id, said[each.id].value))
    return len(changed)
