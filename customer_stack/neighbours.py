"""How capabilities that do not know each other are introduced: each port's other side, in a few lines.

Onboarding and payments are screened by `screening`; what `screening`, `kyc` and clearance find worth a look becomes a
case of `monitoring`; clearance asks all of them, and `fx` says what currencies are worth. What one calls by its own
word is put into the other's here, and nothing is decided.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.compliance import model as clearing
from customer_stack.compliance import ports as clearing_ports
from customer_stack.fx.service import worth
from customer_stack.kyc import model as onboarding
from customer_stack.kyc.service import records as kyc_records
from customer_stack.kyc.service import standing as kyc_standing
from customer_stack.kyc.service import wiring as kyc_wiring
from customer_stack.monitoring.model import reports
from customer_stack.monitoring.service import cases
from customer_stack.monitoring.service import records as monitoring_records
from customer_stack.payments.model import beneficiaries
from customer_stack.screening import model as screened
from customer_stack.screening.model import people
from customer_stack.screening.service import records as screening_records
from customer_stack.screening.service import screener, wiring
from customer_stack.screening.service import standing as screening_standing
from customer_stack.vault import service as vault_service

_TRIGGERS = {
    "approval": people.Trigger.ONBOARDING,
    "onboarding": people.Trigger.ONBOARDING,
    "profile_change": people.Trigger.PROFILE,
}


class Screener(NamedTuple):
    """Screens customers for `kyc`."""

    screening: wiring.Screening

    async def screen(
        self, tx: transaction.Tx, account: UUID, person: onboarding.Person, trigger: str
    ) -> onboarding.ScreenState:
        asked = screened.Person(
            names=person.names,
            birth=person.birth,
            nationalities=person.nationalities,
            countries=person.countries,
            documents=tuple(screened.Document(*each) for each in person.documents),
        )
        found = await screener.account(tx, self.screening, account, asked, _TRIGGERS[trigger])
        return onboarding.ScreenState(found.value)


class Payees(NamedTuple):
    """Screens whom customers want to pay, and who else stands on the other side of a payment, for `payments`."""

    screening: wiring.Screening

    async def screen(
        self, tx: transaction.Tx, subject: UUID, owner: UUID, name: str, countries: tuple[str, ...], trigger: str
    ) -> beneficiaries.Screened:
        asked = screened.Person(names=(name,), countries=countries)
        if people.Trigger(trigger) is people.Trigger.COUNTERPARTY:
            found = await screener.counterparty(tx, self.screening, subject, asked, owner=owner)
        else:
            found = await screener.beneficiary(tx, self.screening, subject, owner, asked)
        return beneficiaries.Screened(found.value)


class Cases:
    """Opens cases for whoever finds something."""

    async def open_(
        self,
        tx: transaction.Tx,
        *,
        kind: str,
        subject: UUID,
        reasons: tuple[str, ...],
        link: UUID | None,
        now: datetime,
        random: ids.Ids,
    ) -> UUID:
        return await cases.open_(tx, kind=kind, subject=subject, reasons=reasons, link=link, now=now, random=random)


class Standing:
    """How far customers are known, for clearance."""

    async def of(
        self, tx: transaction.Tx, accounts: Collection[UUID], now: datetime
    ) -> Mapping[UUID, clearing_ports.Known]:
        return await kyc_standing.of(tx, accounts, now)


class Screened:
    """What lists say of customers and of whom they pay, for clearance."""

    async def of(self, tx: transaction.Tx, subjects: Collection[UUID], now: datetime) -> dict[UUID, str]:
        return {subject: state.value for subject, state in (await screening_standing.of(tx, subjects, now)).items()}


class Rates(NamedTuple):
    """What assets are worth by the board, for clearance."""

    worths: worth.Worths

    async def rates(
        self, tx: transaction.Tx, assets: Collection[int], currency: str, now: datetime
    ) -> Mapping[int, clearing.Rate]:
        return {
            number: clearing.Rate(*each)
            for number, each in (await self.worths.rates(tx, assets, currency, now)).items()
        }


class People(NamedTuple):
    """Who is behind an account, as `kyc` verified it, for the reports of `monitoring`."""

    kyc: kyc_wiring.Kyc

    async def of(self, tx: transaction.Tx, account: UUID, /) -> reports.Person:
        known = [each.form for each in (await kyc_records.of(tx, self.kyc, account)).applications if each.form]
        if not known:
            return reports.Person()
        form = known[-1]
        return reports.Person(
            first_name=form.given_names,
            last_name=form.family_names,
            birthdate=form.birth,
            id_number=form.document.number[:25],
            nationality=form.nationality,
            residence=form.residence,
        )


class KycFile:
    """Onboarding's part of a customer's compliance file."""

    name = "kyc"

    def __init__(self, kyc: kyc_wiring.Kyc) -> None:
        self._kyc = kyc

    async def records(self, tx: transaction.Tx, account: UUID, _now: datetime, _by: UUID | None) -> Any:
        return msgspec.to_builtins(await kyc_records.of(tx, self._kyc, account))


class ScreeningFile:
    """Screening's part: of the customer, and of whom they pay."""

    name = "screening"

    def __init__(self, screening: wiring.Screening) -> None:
        self._screening = screening

    async def records(self, tx: transaction.Tx, account: UUID, now: datetime, _by: UUID | None) -> Any:
        return msgspec.to_builtins(await screening_records.of(tx, self._screening, account, now))


class MonitoringFile:
    """Monitoring's part, as far as the officer who takes the file may look behind the wall."""

    name = "monitoring"

    def __init__(self, vault: vault_service.Vault) -> None:
        self._vault = vault

    async def records(self, tx: transaction.Tx, account: UUID, now: datetime, by: UUID | None) -> Any:
        return msgspec.to_builtins(await monitoring_records.of(tx, self._vault, account, by, now))
