"""Safeguards as clearance enforces them, and that nobody lifts an exclusion."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from boundary.kernel import canonical, primitives
from customer_stack.compliance import model as compliance
from customer_stack.safeguards import model, service
from tests.customer.compliance import house

K, KINDS, P = compliance.OperationKind, model.LimitKind, model.Period
DAY = timedelta(days=1)
ROLES = ("customer_api", "customer_worker", "customer_operator", "customer_auditor")
REFUSED = ("refuse", ["self_excluded"])
ALLOWED = ("allow", [])


async def limit(room: house.Room, kind: model.LimitKind, period: model.Period, amount: str | None) -> model.Limit:
    return await room.db.run("t", lambda tx: room.desk.set_limit(tx, room.one, (kind, period), amount, room.now))


async def exclude(room: house.Room, months: int | None = 6) -> model.Exclusion:
    return await room.db.run("t", lambda tx: room.desk.exclude(tx, room.one, months, room.now))


async def test_a_deposit_limit_counts_what_came_from_the_bank(room: house.Room) -> None:
    await limit(room, KINDS.DEPOSIT, P.DAY, "100.00")
    await room.does(room.operation(K.DEPOSIT, 6_000))
    assert await room.reasons(room.operation(K.DEPOSIT, 4_001)) == [("refuse", ["deposit_limit"])]
    assert await room.reasons(room.operation(K.DEPOSIT, 4_000)) == [ALLOWED]
    assert await room.reasons(room.operation(K.DEPOSIT, 4_001, account=room.two)) == [ALLOWED]
    room.now += DAY
    assert await room.reasons(room.operation(K.DEPOSIT, 10_000)) == [ALLOWED]


async def test_a_stake_limit_counts_in_every_currency(room: house.Room) -> None:
    await room.fund(10**9, house.USD)
    await limit(room, KINDS.STAKE, P.WEEK, "600.00")
    await room.does(room.operation(K.STAKE, 10**6, house.USD))
    assert await room.reasons(room.operation(K.STAKE, 10**6 + 1, house.USD)) == [("refuse", ["stake_limit"])]
    assert await room.reasons(room.operation(K.STAKE, 10**6, house.USD)) == [ALLOWED]
    assert await room.reasons(room.operation(K.STAKE, 5, house.EURO)) == [("refuse", ["stake_limit", "no_rate"])]


async def test_a_loss_is_what_was_staked_and_did_not_come_back(room: house.Room) -> None:
    await room.fund(10_000)
    await limit(room, KINDS.LOSS, P.MONTH, "50.00")
    exchange = room.cash[UUID(int=2), 1].id
    await room.does(room.operation(K.STAKE, 5_000), to=exchange)
    assert await room.reasons(room.operation(K.STAKE, 1)) == [("refuse", ["loss_limit"])]
    won = room.operation(K.DEPOSIT, 3_000)
    await room.worker.run("t", lambda tx: house.posting.post_all(tx, [room.transfer(won, None, to=exchange)], room.now))
    assert await room.reasons(room.operation(K.STAKE, 3_000), room.operation(K.STAKE, 3_001)) == [
        ALLOWED, ("refuse", ["loss_limit"]),
    ]  # fmt: skip


async def test_an_exclusion_stops_what_plays_on_and_lets_money_leave(room: house.Room) -> None:
    await exclude(room)
    stopped = [(K.DEPOSIT, house.LKR), (K.STAKE, house.USD), (K.TRADE, house.USD), (K.CONVERSION, house.LKR)]
    going = [(K.WITHDRAWAL, house.LKR), (K.CONVERSION, house.USD), (K.TRADE, house.SHARE), (K.STAKE, house.SHARE)]
    room.neighbours.knows(room.one)
    for kind, asset in stopped:
        assert await room.reasons(room.operation(kind, 5, asset)) == [REFUSED], (kind, asset)
    for kind, asset in going:
        ((_, reasons),) = await room.reasons(room.operation(kind, 5, asset))
        assert "self_excluded" not in reasons, (kind, asset)


async def test_a_cool_off_ends_by_itself_and_a_self_exclusion_for_good_never(room: house.Room) -> None:
    await room.db.run("t", lambda tx: room.desk.cool_off(tx, room.one, 24, room.now))
    assert await room.reasons(room.operation(K.STAKE, 5)) == [("refuse", ["cool_off"])]
    room.now += DAY
    assert await room.reasons(room.operation(K.STAKE, 5)) == [ALLOWED]
    await exclude(room, None)
    room.now += 36_500 * DAY
    assert await room.reasons(room.operation(K.STAKE, 5)) == [REFUSED]


WRONG: tuple[tuple[str, Any], ...] = (
    ("cool_off", 23), ("cool_off", 42 * 24 + 1), ("exclude", 5), ("exclude", 121), ("exclude", 0),
    ("check_reality", 14), ("check_reality", 241),
)  # fmt: skip


async def test_a_period_outside_its_bounds_is_refused(room: house.Room) -> None:
    for what, value in WRONG:
        with pytest.raises(model.PeriodWrong):
            await room.db.run("t", lambda tx, w=what, v=value: getattr(room.desk, w)(tx, room.one, v, room.now))


async def test_a_limit_is_an_amount_of_the_jurisdictions_money(room: house.Room) -> None:
    for amount in ("-1", "1.001", "1e3", "", "x", "99999999999999999999999"):
        with pytest.raises(model.AmountWrong):
            await limit(room, KINDS.STAKE, P.DAY, amount)


LIFTING = (
    "UPDATE safeguard_exclusion SET ends_at = now()",
    "DELETE FROM safeguard_exclusion",
    "TRUNCATE safeguard_exclusion",
    "ALTER TABLE safeguard_exclusion DISABLE TRIGGER append_only",
    "DROP TABLE safeguard_exclusion",
    "DELETE FROM safeguard_change",
)


@pytest.mark.parametrize("role", ROLES)
async def test_no_role_lifts_an_exclusion(room: house.Room, role: str) -> None:
    await exclude(room)
    db = await room.schema.connect(role, size=1)
    for statement in LIFTING:
        with pytest.raises(Exception, match=r"permission denied|must be owner"):
            await db.run("t", lambda tx, statement=statement: tx.execute(statement))
    await db.close()
    assert await room.reasons(room.operation(K.STAKE, 5)) == [REFUSED]


@pytest.mark.parametrize("statement", [*LIFTING[:3], LIFTING[5]])
async def test_not_even_the_owner_of_the_tables_does(room: house.Room, statement: str) -> None:
    await exclude(room)
    with pytest.raises(Exception, match="append_only"):
        await room.query(statement)


async def test_a_shorter_one_on_top_shortens_nothing(room: house.Room) -> None:
    first = await exclude(room, 12)
    await room.db.run("t", lambda tx: room.desk.cool_off(tx, room.one, 24, room.now))
    await exclude(room, 6)
    assert first.ends_at is not None
    room.now = first.ends_at - timedelta(seconds=1)
    assert await room.reasons(room.operation(K.STAKE, 5)) == [REFUSED]
    room.now += timedelta(seconds=1)
    assert await room.reasons(room.operation(K.STAKE, 5)) == [ALLOWED]


async def test_a_looser_limit_waits_and_can_be_taken_back(room: house.Room) -> None:
    which = KINDS.STAKE, P.DAY
    await limit(room, *which, "10.00")
    assert (await limit(room, *which, "20.00")).next_at == room.now + DAY
    assert await room.reasons(room.operation(K.STAKE, 1_001)) == [("refuse", ["stake_limit"])]
    await room.db.run("t", lambda tx: room.desk.cancel(tx, room.one, which, room.now))
    await limit(room, *which, "20.00")
    room.now += DAY
    assert await room.reasons(room.operation(K.STAKE, 2_000)) == [ALLOWED]
    assert await room.reasons(room.operation(K.STAKE, 2_001)) == [("refuse", ["stake_limit"])]


async def test_whatever_was_changed_stands_in_the_history_and_in_the_audit_log(room: house.Room) -> None:
    await limit(room, KINDS.STAKE, P.DAY, "10.00")
    await limit(room, KINDS.STAKE, P.DAY, None)
    await room.db.run("t", lambda tx: room.desk.cancel(tx, room.one, (KINDS.STAKE, P.DAY), room.now))
    await room.db.run("t", lambda tx: room.desk.cool_off(tx, room.one, 48, room.now))
    await exclude(room)
    await room.db.run("t", lambda tx: room.desk.check_reality(tx, room.one, 30, room.now))
    found = await room.db.read("t", lambda tx: service.history(tx, room.one, None, 10))
    assert [each.fact.value for _, each in reversed(found)] == [
        "limit_set", "increase_asked", "increase_cancelled", "cool_off", "self_exclusion", "reality_check",
    ]  # fmt: skip
    entries = await room.entries(model.Safeguarded)
    assert [(each.change, each.digest) for each in entries] == [
        (each.id, primitives.sha256(canonical.pack(each))) for _, each in reversed(found)
    ]
    assert await room.db.read("t", lambda tx: service.history(tx, room.two, None, 10)) == []


async def test_setting_and_judging_at_once_leave_no_gap(room: house.Room) -> None:
    """Whatever is judged after the limit was answered for keeps to it."""
    await room.fund(100_000)
    which = KINDS.STAKE, P.DAY
    await limit(room, *which, "900.00")

    async def tighten() -> None:
        await room.db.run("t", lambda tx: room.desk.set_limit(tx, room.one, which, "5.00", room.now))

    await asyncio.gather(tighten(), *(room.does(room.operation(K.STAKE, 100)) for _ in range(40)))
    spent = 100_000 - await room.total()
    await room.does(room.operation(K.STAKE, 501))
    assert 100_000 - await room.total() == spent


# ---- reality checks


class Post:
    """Notes who was told what."""

    def __init__(self) -> None:
        self.told: list[tuple[UUID, int, str]] = []

    async def reality(self, _tx: Any, account: UUID, *, minutes: int, spent: str) -> None:
        self.told.append((account, minutes, spent))


async def test_who_wants_to_be_told_is_told_once_for_each_period(room: house.Room) -> None:
    await room.db.run("t", lambda tx: room.desk.check_reality(tx, room.one, 30, room.now))
    began, post = room.now, Post()

    async def sittings(_tx: Any, _now: Any) -> dict[UUID, Any]:
        return {room.one: began, room.two: began}

    async def spent(_tx: Any, since: dict[UUID, Any], _now: Any) -> dict[UUID, str]:
        return dict.fromkeys(since, "12.00 LKR")

    async def remind() -> int:
        return await room.worker.run("t", lambda tx: service.remind(tx, sittings, spent, post, room.now))

    found = []
    for _ in range(9):
        found.append(await remind())
        room.now += timedelta(minutes=10)
    assert found == [0, 0, 0, 1, 0, 0, 1, 0, 0]
    assert post.told == [(room.one, 30, "12.00 LKR"), (room.one, 60, "12.00 LKR")]
    assert [(each.account, each.minutes) for each in await room.entries(model.RealityTold)] == [
        (room.one, 30), (room.one, 60),
    ]  # fmt: skip
    await room.db.run("t", lambda tx: room.desk.check_reality(tx, room.one, None, room.now))
    room.now += DAY
    assert await remind() == 0
