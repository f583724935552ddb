"""Nothing is paid twice and nothing is lost, whatever the provider does and whenever the worker dies.

The truth is the provider's: for every payment that it has and did not fail, the ledger has moved the money, and for no
other. `Figures.error` is the difference, and is zero.
"""

import asyncio
import random  # noqa: TID251 -- seeds are printed
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from boundary.kernel import clock
from customer_stack.ledger import model as ledger
from customer_stack.payments.model.hooks import BadEvent
from customer_stack.payments.model.payouts import State
from customer_stack.payments.service import hearing, sending
from customer_stack.payments.simulators.providers.server import Fate, How
from tests.customer.payments import paying_process
from tests.customer.payments.conftest import House

ROOT = Path(__file__).parents[3]
FEE = 5_00
OVER = {State.COMPLETED, State.FAILED, State.RETURNED}


async def simulated(house: House, count: int, seed: int, at_once: int) -> dict[str, int]:
    """So many payments under faults, and what came of them."""
    chance = random.Random(seed)
    one = await house.customer(amount=count * 20_00)
    payee = await house.beneficiary(one)
    amounts: dict[UUID, int] = {}
    fates: dict[str, Fate] = {}
    for start in range(0, count, at_once):
        made = []
        for _ in range(min(at_once, count - start)):
            amount = chance.randint(1, 9_99)
            made.append(await house.withdraw(one, payee, f"{amount // 100}.{amount % 100:02}"))
            amounts[made[-1].id] = amount
        for _ in made:
            if chance.random() < 0.5:
                house.server.order(chance.choice([how for how in How if how is not How.HANGING]))
        await asyncio.gather(*(sending.one(house.db, house.pay, each.id) for each in made))
        await _told(house, chance, fates)
        house.wait(minutes=chance.randint(1, 3))
        await house.sweep()
    house.server._orders.clear()
    for _ in range(12):
        house.wait(hours=2)
        await house.sweep()
        await _told(house, chance, fates, always=True)
    return await _figures(house, one, count, amounts)


async def _told(house: House, chance: random.Random, fates: dict[str, Fate], *, always: bool = False) -> None:
    """Some payments end; their events come, twice, forged, in another order, or not at all."""
    events = []
    for key in [known for _, known in house.server.by_key if known not in fates or fates[known] is Fate.COMPLETED]:
        if key not in fates and (always or chance.random() < 0.6):
            fates[key] = chance.choice([Fate.COMPLETED, Fate.COMPLETED, Fate.FAILED])
            events += [house.server.settle(key, fates[key])] * chance.choice([0, 1, 2])
        elif fates.get(key) is Fate.COMPLETED and chance.random() < 0.1:
            row = await house.db.read(
                "t",
                lambda tx, key=key: tx.value(  # type: ignore[misc]  # bound per turn
                    "SELECT state::text FROM withdrawal WHERE id = $1", UUID(hex=key)
                ),
            )
            if row == "completed":
                fates[key] = Fate.RETURNED
                events.append(house.server.settle(key, Fate.RETURNED))
    chance.shuffle(events)
    for headers, body in events:
        if chance.random() < 0.1:
            with pytest.raises(BadEvent):
                await hearing.hear(house.db, house.pay, "currencycloud", headers, body + b" ")
        await hearing.hear(house.db, house.pay, "currencycloud", headers, body)


async def _figures(house: House, one: UUID, count: int, amounts: dict[UUID, int]) -> dict[str, int]:
    raw = await house.schema.superuser()
    states = {row["id"]: State(row["state"]) for row in await raw.fetch("SELECT id, state::text FROM withdrawal")}
    await raw.close()
    paid = {UUID(hex=key): house.server.fates.get(id_) for (_, key), id_ in house.server.by_key.items()}
    gone = sum(amounts[id_] for id_, fate in paid.items() if fate is Fate.COMPLETED)
    fees = sum(FEE for id_, state in states.items() if state in {State.COMPLETED, State.RETURNED})
    total, held = await house.balance(one)
    error = count * 20_00 - gone - fees - total
    wrong = sum((states[id_] is State.COMPLETED) is not (fate is Fate.COMPLETED) for id_, fate in paid.items())
    unpaid = sum(state is State.COMPLETED for id_, state in states.items() if id_ not in paid)
    await house.verified()
    return {
        "payments": len(states), "at the provider": len(paid), "exposure error": error, "held": held,
        "wrong": wrong + unpaid, "open": sum(state not in OVER for state in states.values()),
    }  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_faults_the_ledger_and_the_provider_agree(house: House, seed: int) -> None:
    found = await simulated(house, 24, seed, 8)
    assert found | {"at the provider": 0} == {
        "payments": 24, "at the provider": 0, "exposure error": 0, "held": 0, "wrong": 0, "open": 0,
    }, found  # fmt: skip


@pytest.mark.faults
@pytest.mark.timeout(3600)
async def test_ten_thousand_payments_under_faults(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    found = await simulated(house, 10_000, 20_261_120, 40)
    with capsys.disabled():
        sys.stdout.write(f"\n{found}\n")
    assert (found["payments"], found["exposure error"], found["held"], found["wrong"], found["open"]) == (
        10_000, 0, 0, 0, 0,
    )  # fmt: skip


async def killed(house: House, tmp_path: Path, steps: list[str]) -> None:
    """A worker is killed at each of these steps, one after the other; one that is left alone ends everything."""
    house.time._now = clock.SystemClock().now()
    one = await house.customer()
    payee = await house.beneficiary(one)
    made = await house.withdraw(one, payee)
    (tmp_path / "secret").write_text(house.server.secret)
    hours = 26

    def run(step: str) -> int:
        command = [sys.executable, "-m", "tests.customer.payments.paying_process", house.schema.url("customer_worker"),
                   house.server.url, str(tmp_path / "secret"), str(hours), step]  # fmt: skip
        return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, timeout=60).returncode

    for step in steps:
        assert await asyncio.to_thread(run, step) in {0, -9}  # a step that is not reached kills nobody
        hours += 14
    assert await asyncio.to_thread(run, "none") == 0
    hours += 14
    house.time._now = clock.SystemClock().now() + timedelta(hours=hours)
    assert len(house.server.payments) == 1
    headers, body = house.server.settle(made.id.hex, Fate.COMPLETED)
    await hearing.hear(house.db, house.pay, "currencycloud", headers, body)
    assert (await house.show(made.id)).state is State.COMPLETED
    assert await house.balance(one) == (1_000_00 - 100_00 - FEE, 0)
    assert await house.house(ledger.Kind.FEES) == FEE
    await house.verified()


async def test_a_worker_killed_after_it_handed_over_pays_once(house: House, tmp_path: Path) -> None:
    await killed(house, tmp_path, ["sent"])


@pytest.mark.faults
@pytest.mark.timeout(3600)
async def test_workers_killed_at_every_step_pay_once(house: House, tmp_path: Path) -> None:
    chance = random.Random(7)
    await killed(house, tmp_path, [*paying_process.STEPS, *(chance.choice(paying_process.STEPS) for _ in range(16))])
