"""What neighbours ask of monitoring: verdicts, rates, risk, travel fields; and the worker that is wired with it."""

import enum
import os
from collections.abc import Collection, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from boundary.kernel import clock, ids
from boundary.kernel.runtime import settings as kernel_settings
from boundary.kernel.runtime import transaction
from customer_stack import desks, settings, worker
from customer_stack.branding import service as branding
from customer_stack.monitoring import model
from customer_stack.monitoring.adapters import clearing
from customer_stack.monitoring.model import entries, travel
from customer_stack.monitoring.service import travel as travel_service
from customer_stack.vault import model as vault_model
from customer_stack.vault import service as vault_service
from tests.customer.monitoring.conftest import MILLION, NOON, Town
from tests.customer.vault import conftest as vaults

vault = vaults.vault


class Their(enum.StrEnum):
    """Somebody else's words for the same things."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"


class Wanted(NamedTuple):
    id: UUID
    kind: Their
    account: UUID
    amount: int
    asset: int
    destination: str = ""


class Foreign:
    """A dollar is 300 rupees."""

    async def rates(
        self, _tx: transaction.Tx, assets: Collection[int], _currency: str, _now: datetime
    ) -> Mapping[int, tuple[int, int]]:
        return {2: (300 * 100, 10**6)} if 2 in assets else {}


async def test_clearance_is_told_what_holds_money_up_and_nothing_else(town: Town) -> None:
    owner = await town.customer()
    watching = clearing.Watching(clearing.Rates(Foreign()), town.ids)
    large = Wanted(town.ids.ref(), Their.DEPOSIT, owner, MILLION, 1)
    abroad = Wanted(town.ids.ref(), Their.WITHDRAWAL, owner, 1_00, 1, "KP")
    dollars = Wanted(town.ids.ref(), Their.DEPOSIT, owner, 100_000_000_000, 2)
    now = town.time.now()
    found = await town.api.run("t", lambda tx: watching.observe(tx, [large, abroad, dollars], now))
    assert [(each.operation, each.rule, each.certain) for each in found] == [
        (abroad.id, "geography-call-for-action", True), (dollars.id, "single-very-large", True),
    ]  # fmt: skip
    assert {row["rule"] for row in await town.stored()} > {"single-large"}
    levels = await town.api.run("t", lambda tx: clearing.Risk().of(tx, [owner], now))
    assert levels == {owner: model.RiskLevel.HIGH}


async def test_travel_fields_are_kept_once_sealed_and_go_with_their_customer(
    town: Town, vault: vault_service.Vault
) -> None:
    account, operation, now = town.ids.ref(), town.ids.ref(), town.time.now()
    fields = travel.TravelFields(
        originator=travel.Party(name="Test Sample", account="1", born=date(1990, 1, 2)),
        beneficiary=travel.Party(name="Test Payee", account="2", country="GB"),
    )

    async def keep(said: travel.TravelFields) -> None:
        await town.api.run("t", lambda tx: travel_service.keep(tx, vault, operation, account, said, now))

    async def read() -> Any:
        return await town.api.run("t", lambda tx: travel_service.of(tx, vault, operation))

    await town.worker.run("t", lambda tx: vault.create(tx, account))
    assert await read() is None
    await keep(fields)
    await keep(travel.TravelFields())
    assert await read() == fields
    (row,) = await town.stored("travel")
    assert b"Sample" not in row["fields"]
    log = await town.superuser.fetch("SELECT payload FROM audit_entry")
    assert sum(b"monitoring.travel_kept.v1" in each["payload"] for each in log) == 1
    assert not any(b"Sample" in each["payload"] for each in log)
    await town.superuser.execute("DELETE FROM subject_key WHERE subject = $1", account)
    with pytest.raises(vault_model.Unreadable):
        await read()
    assert entries.TravelKept.__struct_fields__ == ("operation", "digest")


def test_the_worker_watches_by_the_rules_of_its_jurisdiction(tmp_path: Path, vault: vault_service.Vault) -> None:
    config_file = tmp_path / "config.json"
    config_file.write_bytes(branding.example("AE"))
    config = settings.Settings(database_url=kernel_settings.Secret("unused"), config_file=config_file)
    time = clock.ManualClock(NOON)
    made = desks.desks(config, vault, time, ids.SystemIds(time))
    nothing: Any = None
    hands = worker._Hands(config, vault, made, {}, nothing, nothing, nothing, time, ids.SystemIds(time))
    handlers = hands._watch(os.urandom(32))
    assert b'"AE"' in handlers.shipped
    assert handlers.reporter() is None
