"""Each shipped rule over real books: what raises it, what is just not enough, and what must never pass."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from customer_stack.ledger import model as ledger
from customer_stack.monitoring import model
from customer_stack.monitoring.adapters import files
from customer_stack.monitoring.model import entries, packs
from customer_stack.monitoring.service import risk, rulebook
from tests.customer.access import house as houses
from tests.customer.monitoring import conftest
from tests.customer.monitoring.conftest import MILLION, D, K, Town

OUT = {"kind": K.WITHDRAWAL, "direction": D.OUT}


async def test_an_ordinary_amount_says_nothing(town: Town) -> None:
    assert await town.observe(town.operation(await town.customer(), 12_345_00)) == []


async def test_without_rules_nothing_passes(bare: Town) -> None:
    (alert,) = await bare.observe(bare.operation(await bare.customer(), 1))
    assert (alert.rule, alert.answer, alert.certain) == ("no-rules", model.Answer.REVIEW, False)


async def test_without_a_rate_the_answer_is_review_and_with_one_it_is_computed(town: Town) -> None:
    owner = await town.customer()
    found = await town.observe(town.operation(owner, 5_000_000, asset=2))
    assert {each.answer for each in found} == {model.Answer.REVIEW}
    assert not any(each.certain or each.score for each in found)
    assert await town.stored("case") == []
    town.rates.more[2] = model.Rate(300 * 100, 10**6)  # a dollar is 300 rupees
    assert await town.said(town.operation(owner, 3_333_333_300, asset=2)) == set()
    assert await town.said(town.operation(owner, 3_333_333_301, asset=2)) == {"single-large"}


async def single(town: Town, short: int) -> set[str]:
    return await town.said(town.operation(await town.customer(), MILLION - short))


async def very_large(town: Town, short: int) -> set[str]:
    return await town.said(town.operation(await town.customer(), 5 * MILLION - short))


async def daily(town: Town, short: int) -> set[str]:
    owner = await town.customer()
    await town.moves(owner, 2 * MILLION)
    town.passes(hours=23)
    return await town.said(town.operation(owner, MILLION // 2 - short, **OUT))


async def fast(town: Town, short: int) -> set[str]:
    owner = await town.customer()
    for _ in range(3):
        await town.moves(owner, 1_500_000_00)
    return await town.said(town.operation(owner, MILLION // 2 - short, **OUT))


async def hourly(town: Town, short: int) -> set[str]:
    owner = await town.customer()
    for _ in range(19 - bool(short)):
        await town.moves(owner, 1_00)
    return await town.said(town.operation(owner, 1_00))


async def near(town: Town, short: int) -> set[str]:
    owner = await town.customer()
    await town.moves(owner, 950_000_00)
    await town.moves(owner, MILLION - 1)
    return await town.said(town.operation(owner, 900_000_00 - short))


async def over_days(town: Town, short: int) -> set[str]:
    owner = await town.customer()
    for _ in range(3):
        await town.moves(owner, 400_000_00)
        town.passes(hours=30)
    return await town.said(town.operation(owner, 300_000_00 - short))


async def together(town: Town, short: int) -> set[str]:
    owner, friend = await town.customer(), await town.customer()
    await town.api.run(
        "t", lambda tx: tx.execute("INSERT INTO monitoring_link (one, other, reason) VALUES ($1, $2, 'same_device')",
                                   *sorted((owner, friend)))
    )  # fmt: skip
    for _ in range(2):
        await town.moves(friend, 400_000_00)
        await town.moves(owner, 200_000_00)
        town.passes(hours=20)
    return await town.said(town.operation(owner, 300_000_00 - short))


async def rounds(town: Town, short: int) -> set[str]:
    owner = await town.customer()
    for _ in range(4):
        await town.moves(owner, 100_000_00)
        town.passes(hours=2)
    return await town.said(town.operation(owner, 200_000_00 - short))


async def through(town: Town, short: int) -> set[str]:
    owner = await town.customer()
    await town.moves(owner, 600_000_00)
    town.passes(hours=5)
    return await town.said(town.operation(owner, 480_000_00 - short, **OUT))


async def dormant(town: Town, short: int) -> set[str]:
    owner = await town.customer()
    await town.moves(owner, 1_00)
    town.passes(days=180)
    return await town.said(town.operation(owner, 250_000_00 - short))


async def abroad(town: Town, short: int) -> set[str]:
    return await town.said(town.operation(await town.customer(), 1_00, country="GB" if short else "KP"))


async def monitored(town: Town, short: int) -> set[str]:
    return await town.said(town.operation(await town.customer(), 100_000_00 - short, country="YE"))


async def unusual(town: Town, short: int) -> set[str]:
    owner = await town.customer()
    for _ in range(5):
        await town.moves(owner, 30_000_00)
        town.passes(days=9)
    return await town.said(town.operation(owner, 150_000_00 - short))


def packs_of(jurisdiction: str) -> packs.Pack:
    return rulebook.read(files.shipped(jurisdiction))


CASES: dict[str, Callable[[Town, int], Awaitable[set[str]]]] = {
    "single-large": single, "single-very-large": very_large, "daily-sum": daily, "velocity-count": hourly, "velocity-sum": fast,
    "structuring-near": near, "structuring-days": over_days, "structuring-linked": together, "round-amounts": rounds,
    "pass-through": through, "dormant-active": dormant, "geography-call-for-action": abroad,
    "geography-monitored": monitored, "deviation": unusual,
}  # fmt: skip


async def test_each_rule_speaks_at_its_threshold_and_is_silent_one_cent_below(town: Town) -> None:
    for rule, tried in CASES.items():
        assert rule not in await tried(town, 1), rule
        assert rule in await tried(town, 0), rule
    live = {each.code for each in packs_of("LK").rules if each.mode is model.Mode.LIVE}
    assert live == CASES.keys()


async def test_operations_of_one_batch_count_the_earlier_ones(town: Town) -> None:
    owner, other = await town.customer(), await town.customer()
    batch = [town.operation(each, 950_000_00) for each in (owner, other, owner, owner)]
    found = [(each.rule, each.operation) for each in await town.observe(*batch) if each.rule == "structuring-near"]
    assert found == [("structuring-near", batch[3].id)]


async def test_what_waits_counts_until_it_is_over_and_a_reversal_never_does(town: Town) -> None:
    owner = await town.customer()
    pending = [
        await town.moves(owner, 950_000_00, out=True, flags=ledger.Flag.PENDING | ledger.Flag.RECORDED) for _ in "ab"
    ]
    assert "structuring-near" in await town.said(town.operation(owner, 950_000_00, **OUT))
    stranger = await town.customer()
    waits = await town.moves(stranger, 950_000_00, out=True, flags=ledger.Flag.PENDING | ledger.Flag.RECORDED)
    await town.moves(stranger, 0, out=True, flags=ledger.Flag.VOID, pending_id=waits)
    await town.moves(stranger, 950_000_00)
    assert "structuring-near" not in await town.said(town.operation(stranger, 950_000_00, **OUT))
    assert len(pending) == 2


async def test_an_operation_raises_an_alert_once_and_is_answered_every_time(town: Town) -> None:
    owner = await town.customer()
    op = town.operation(owner, 5 * MILLION)
    first, again = await town.observe(op), await town.observe(op)
    assert [each.rule for each in first] == [each.rule for each in again]
    assert sorted(row["rule"] for row in await town.stored()) == sorted(each.rule for each in first)
    assert len(await town.stored("case")) == 1
    raised = await town.superuser.fetch("SELECT payload FROM audit_entry")
    assert sum(b"monitoring.alerts_raised.v1" in row[0] for row in raised) == 1


async def test_a_rule_for_an_account_raises_once_in_its_time(town: Town) -> None:
    owner = await town.customer()
    await town.moves(owner, 2 * MILLION)
    for _ in range(3):
        assert "daily-sum" in await town.said(town.operation(owner, 900_000_00))
    assert [row["rule"] for row in await town.stored() if row["rule"] == "daily-sum"] == ["daily-sum"]


async def test_a_hundred_at_once_raise_one_alert_and_open_one_case(town: Town) -> None:
    owner = await town.customer()
    await town.moves(owner, 3 * MILLION)
    town.passes(hours=1)
    ops = [town.operation(owner, 10_00) for _ in range(100)]
    await asyncio.gather(*(town.observe(op) for op in ops))
    assert [row["rule"] for row in await town.stored()] == ["daily-sum"]
    assert len(await town.stored("case")) == 1


async def test_a_shadow_rule_is_counted_and_does_nothing_else(town: Town) -> None:
    owner = await town.customer()
    await town.moves(owner, 700_000_00)
    town.passes(days=1)
    found = await town.said(town.operation(owner, 600_000_00))
    assert "new-and-fast" not in found
    assert [row["rule"] for row in await town.stored("shadow")] == ["new-and-fast"]
    assert [row for row in await town.stored() if row["rule"] == "new-and-fast"] == []


async def test_risk_comes_of_alerts_and_fades(town: Town) -> None:
    owner, quiet = await town.customer(), await town.customer()
    await town.observe(town.operation(owner, 5 * MILLION, country="KP"))
    levels = []
    for days in (0, 60, 900):
        now = town.time.now() + timedelta(days=days)
        found = await town.api.read("t", lambda tx, now=now: risk.of(tx, [owner, quiet], now))
        assert found[quiet] is model.RiskLevel.LOW
        levels.append(found[owner])
    assert levels == [model.RiskLevel.HIGH, model.RiskLevel.MEDIUM, model.RiskLevel.LOW]


async def test_the_log_names_nobody(town: Town) -> None:
    owner = await town.customer()
    await town.observe(town.operation(owner, 5 * MILLION, country="KP"))
    rows = await town.superuser.fetch("SELECT payload FROM audit_entry WHERE payload LIKE '%monitoring.%'::bytea")
    assert rows
    assert not any(owner.bytes in row["payload"] for row in rows)
    assert entries.AlertsRaised.__struct_fields__ == ("version", "count", "digest")
    assert houses.NOON == conftest.NOON
