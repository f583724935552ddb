"""Clearance: each reason by itself, all of them together, and what it counts."""

import enum
import itertools
import random  # noqa: TID251 -- seeded
import types
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from customer_stack.compliance import model
from customer_stack.compliance.model import facts
from customer_stack.compliance.repo import evaluating as repo
from customer_stack.compliance.service import evaluating, replaying, summing
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import posting
from tests.customer.compliance import house

K = model.OperationKind
SINGLE, DAY, MONTH = 500_000_000, 1_500_000_000, 6_000_000_000
"""Of Sri Lanka's pack, in cents."""
COMPLETE = model.TravelFields(
    model.Party("Amara Fictional", "LK-1", "1 Example Street"), model.Party("Ruwan Fictional", "LK-2")
)
OTHER = UUID(int=4242)


async def test_a_green_customer_is_allowed_without_a_reason(room: house.Room) -> None:
    for kind in K:
        assert await room.reasons(room.operation(kind, 1_000)) == [("allow", [])]


RED: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "nobody knows them": ({"people": None}, ("refuse", "kyc_missing")),
    "known too little": ({"people": house.Known(level=1)}, ("refuse", "kyc_level")),
    "asked, not answered": ({"people": house.Known(state="PENDING")}, ("refuse", "kyc_missing")),
    "rejected": ({"people": house.Known(state="REJECTED")}, ("refuse", "kyc_missing")),
    "ran out": ({"people": house.Known(state="EXPIRED")}, ("refuse", "kyc_missing")),
    "frozen": ({"people": house.Known(frozen=True)}, ("refuse", "kyc_frozen")),
    "on a list": ({"screened": "BLOCKED"}, ("refuse", "sanctions_blocked")),
    "perhaps on a list": ({"screened": "REVIEW"}, ("review", "sanctions_unclear")),
    "not screened": ({"screened": None}, ("review", "sanctions_unclear")),
    "screening failed": ({"screened": "ERROR"}, ("review", "sanctions_unclear")),
    "a word that nobody knows": ({"screened": "PERHAPS"}, ("review", "sanctions_unclear")),
    "a risk nobody judged": ({"risks": None}, ("review", "risk_unknown")),
    "a high risk": ({"risks": "HIGH"}, ("review", "risk_high")),
    "a risk that is not taken": ({"risks": "PROHIBITED"}, ("refuse", "risk_prohibited")),
}


def turn(room: house.Room, change: dict[str, Any]) -> None:
    for name, value in change.items():
        told = getattr(room.neighbours, name)
        if value is None:
            del told[room.one]
        else:
            told[room.one] = value


async def test_each_neighbour_can_say_no(room: house.Room) -> None:
    for why, (change, (answer, reason)) in RED.items():
        room.neighbours.knows(room.one)
        turn(room, change)
        assert await room.reasons(room.operation(K.STAKE, 1_000)) == [(answer, [reason])], why
        assert await room.reasons(room.operation(K.STAKE, 1_000, account=room.two)) == [("allow", [])], why


async def test_every_reason_is_told_and_the_gravest_decides(room: house.Room) -> None:
    room.neighbours.people[room.one] = house.Known(level=1, frozen=True)
    room.neighbours.screened[room.one] = "REVIEW"
    room.neighbours.risks[room.one] = "HIGH"
    stolen = room.account(owner=room.two).id
    asked = room.operation(K.WITHDRAWAL, SINGLE + 1, ledger_account=stolen, counterparty=OTHER)
    room.neighbours.alerts.append(house.Alert(asked.id, "velocity"))
    ((answer, reasons),) = await room.reasons(asked)
    assert answer == "refuse"
    assert reasons == [
        "account_not_theirs", "kyc_frozen", "kyc_level", "sanctions_unclear", "counterparty_unclear",
        "monitoring_alert", "risk_high", "limit_single", "travel_rule",
    ]  # fmt: skip


async def test_the_other_side_is_looked_at_too(room: house.Room) -> None:
    for word, told in (("CLEAR", []), ("REVIEW", ["counterparty_unclear"]), ("BLOCKED", ["counterparty_blocked"])):
        room.neighbours.screened[OTHER] = word
        ((_, reasons),) = await room.reasons(room.operation(K.WITHDRAWAL, 5, counterparty=OTHER))
        assert reasons == told
    del room.neighbours.screened[OTHER]
    assert await room.reasons(room.operation(K.WITHDRAWAL, 5, counterparty=OTHER)) == [
        ("review", ["counterparty_unclear"])
    ]


async def test_an_alert_is_about_its_operation_alone(room: house.Room) -> None:
    asked = [room.operation(K.STAKE, 5), room.operation(K.STAKE, 5)]
    room.neighbours.alerts.append(house.Alert(asked[1].id, "structuring"))
    assert await room.reasons(*asked) == [("allow", []), ("review", ["monitoring_alert"])]


async def test_whose_account_and_which_asset_are_asked_of_the_ledger(room: house.Room) -> None:
    wrong: list[dict[str, Any]] = [
        {"ledger_account": room.account(owner=room.two).id},
        {"ledger_account": room.account(house.USD).id},
        {"ledger_account": room.cash[ledger.HOUSE, 1].id},
        {"ledger_account": UUID(int=8)},
    ]
    for each in wrong:
        assert await room.reasons(room.operation(K.STAKE, 5, **each)) == [("refuse", ["account_not_theirs"])]
    for amount in (0, -5):
        ((answer, reasons),) = await room.reasons(room.operation(K.STAKE, amount))
        assert (answer, reasons[0]) == ("refuse", "amount_not_positive")


# ---- limits


async def test_one_operation_has_its_limit(room: house.Room) -> None:
    found = await room.reasons(room.operation(K.STAKE, SINGLE), room.operation(K.STAKE, SINGLE + 1, account=room.two))
    assert found == [("allow", []), ("refuse", ["limit_single"])]


async def test_a_day_is_counted_from_the_ledger_and_within_the_batch(room: house.Room) -> None:
    await room.fund(10 * DAY)
    await room.does(room.operation(K.STAKE, SINGLE))
    found = await room.reasons(
        room.operation(K.STAKE, SINGLE), room.operation(K.STAKE, SINGLE), room.operation(K.STAKE, 1),
        room.operation(K.CONVERSION, 1), room.operation(K.STAKE, SINGLE, account=room.two),
    )  # fmt: skip
    assert found == [("allow", [])] * 2 + [("refuse", ["limit_day"])] + [("allow", [])] * 2


async def test_what_was_refused_or_not_done_does_not_count(room: house.Room) -> None:
    await room.fund(10 * DAY)
    for _ in range(4):
        await room.evaluate(room.operation(K.STAKE, SINGLE))
    await room.reasons(room.operation(K.STAKE, SINGLE + 1))
    assert await room.reasons(*(room.operation(K.STAKE, SINGLE) for _ in range(3))) == [("allow", [])] * 3


async def test_a_day_begins_at_local_midnight_and_a_month_on_its_first_day(room: house.Room) -> None:
    await room.fund(20 * DAY)
    local = timedelta(hours=5, minutes=30)
    room.now = house.NOON.replace(hour=18, minute=29)
    for _ in range(3):
        await room.does(room.operation(K.STAKE, SINGLE))
    assert await room.reasons(room.operation(K.STAKE, 1)) == [("refuse", ["limit_day"])]
    room.now += timedelta(minutes=1)
    assert (room.now + local).hour == 0
    assert await room.reasons(room.operation(K.STAKE, 1)) == [("allow", [])]
    for _ in range(3):
        room.now += timedelta(days=1)
        for _ in range(3):
            await room.does(room.operation(K.STAKE, SINGLE))
    room.now += timedelta(days=1)
    assert await room.reasons(room.operation(K.STAKE, 1)) == [("refuse", ["limit_month"])]
    room.now += timedelta(days=31)
    assert await room.reasons(room.operation(K.STAKE, 1)) == [("allow", [])]


async def test_a_hold_counts_until_it_is_let_go_and_then_for_what_was_posted(room: house.Room) -> None:
    await room.fund(10 * DAY)
    held = [room.operation(K.STAKE, SINGLE) for _ in range(3)]
    await room.does(*held, flags=ledger.Flag.PENDING)
    assert await room.reasons(room.operation(K.STAKE, 1)) == [("refuse", ["limit_day"])]
    await end(room, held[0].id, ledger.Flag.VOID, 0)
    await end(room, held[1].id, ledger.Flag.POST, 7)
    assert await room.reasons(*(room.operation(K.STAKE, each) for each in (SINGLE, SINGLE - 7, 1))) == [
        ("allow", []), ("allow", []), ("refuse", ["limit_day"]),
    ]  # fmt: skip


async def end(room: house.Room, pending: UUID, flag: ledger.Flag, amount: int) -> None:
    made = ledger.Transfer(room.ids.ref(), ledger.NIL, ledger.NIL, amount, 0, 0, int(flag), pending)
    await room.worker.run("t", lambda tx: posting.post_all(tx, [made], room.now))


async def test_other_money_is_told_in_the_jurisdictions_and_rounded_up(room: house.Room) -> None:
    dollars = SINGLE // (house.RUPEES_FOR_A_DOLLAR * 100) * 10**6
    over = room.operation(K.STAKE, dollars + 666_667, house.USD)
    assert await room.reasons(over) == [("refuse", ["limit_single"])]
    assert await room.reasons(room.operation(K.STAKE, dollars + 666_666, house.USD)) == [("allow", [])]


async def test_without_a_rate_somebody_has_to_look(room: house.Room) -> None:
    assert await room.reasons(room.operation(K.STAKE, 5, house.EURO)) == [("review", ["no_rate"])]


# ---- the travel rule


LEFT_OUT = ("originator.name", "originator.account", "originator.address", "beneficiary.name", "beneficiary.account")


async def test_from_the_minimum_on_both_ends_are_named(room: house.Room) -> None:
    whole = room.operation(K.WITHDRAWAL, 30_000_000, travel=COMPLETE)
    assert await room.reasons(whole) == [("allow", [])]
    for left_out in LEFT_OUT:
        side, _, name = left_out.partition(".")
        lacking = msgspec.structs.replace(getattr(COMPLETE, side), **{name: "  "})
        asked = room.operation(K.WITHDRAWAL, 30_000_000, travel=msgspec.structs.replace(COMPLETE, **{side: lacking}))
        assert await room.reasons(asked) == [("review", ["travel_rule"])], left_out
    assert await room.reasons(room.operation(K.WITHDRAWAL, 29_999_999)) == [("allow", [])]
    assert await room.reasons(room.operation(K.STAKE, 30_000_000)) == [("allow", [])]


async def test_at_the_threshold_of_reports_money_leaves_for_the_best_known_alone(room: house.Room) -> None:
    room.neighbours.people[room.one] = house.Known(level=2)
    threshold = 100_000_000
    for amount, expected in ((threshold - 1, [("allow", [])]), (threshold, [("refuse", ["kyc_level"])])):
        assert await room.reasons(room.operation(K.WITHDRAWAL, amount, travel=COMPLETE)) == expected


# ---- what is kept


async def test_a_batch_is_one_entry_with_a_hash_of_each_verdict(room: house.Room) -> None:
    room.neighbours.people[room.two] = house.Known(frozen=True)
    asked = [room.operation(K.STAKE, 5), room.operation(K.STAKE, 5, account=room.two)]
    await room.evaluate(*asked)
    (entry,) = await room.entries(facts.Evaluated)
    rows = [
        row
        for each in (room.one, room.two)
        for _, row in await room.db.read("t", lambda tx, each=each: repo.of(tx, each))
    ]
    assert entry.count == 2
    assert entry.hashes == b"".join(evaluating.digest(row) for row in rows)
    assert [(row.operation, row.answer, row.reasons) for row in rows] == [
        (asked[0].id, "allow", ()), (asked[1].id, "refuse", ("kyc_frozen",)),
    ]  # fmt: skip


async def test_a_verdict_is_found_again_from_what_was_kept(room: house.Room) -> None:
    room.neighbours.risks[room.one] = "HIGH"
    verdicts = await room.evaluate(*(room.operation(kind, SINGLE + n) for n, kind in itertools.product((0, 1), K)))
    for each in verdicts:
        again = await room.db.read("t", lambda tx, each=each: replaying.replay(tx, each.id))
        assert again.same
        assert (again.answer, again.reasons) == (each.answer, tuple(reason.code for reason in each.reasons))
    with pytest.raises(model.UnknownVerdict):
        await room.db.read("t", lambda tx: replaying.replay(tx, UUID(int=1)))


async def test_a_verdict_is_never_changed_by_anybody(room: house.Room) -> None:
    await room.evaluate(room.operation(K.STAKE, 5))
    for role in ("customer_api", "customer_worker", "customer_operator", "customer_auditor"):
        db = await room.schema.connect(role, size=1)
        for statement in (
            "UPDATE clearance SET answer = 'allow'",
            "DELETE FROM clearance",
            "TRUNCATE clearance CASCADE",
            "INSERT INTO clearance (id, xid) VALUES (gen_random_uuid(), '5'::xid8)",
        ):
            with pytest.raises(Exception, match="permission denied"):
                await db.run("t", lambda tx, statement=statement: tx.execute(statement))
        await db.close()
    for statement in ("UPDATE clearance SET answer = 'allow'", "DELETE FROM clearance", "TRUNCATE clearance CASCADE"):
        with pytest.raises(Exception, match="append_only"):
            await room.query(statement)


async def test_nothing_of_a_person_stands_in_what_is_kept(room: house.Room) -> None:
    await room.evaluate(room.operation(K.WITHDRAWAL, 30_000_000, travel=COMPLETE, destination="LK"))
    kept = b"".join(row["facts"] for row in await room.query("SELECT facts FROM clearance"))
    told = b"".join(row["payload"] for row in await room.query("SELECT payload FROM audit_entry"))
    for word in (b"Fictional", b"Example Street", b"LK-1"):
        assert word not in kept + told


class TheirKind(enum.StrEnum):
    """Another capability's own words."""

    WITHDRAWAL = "withdrawal"


async def test_an_operation_in_the_words_of_another_capability_is_understood(room: house.Room) -> None:
    ours = room.operation(K.WITHDRAWAL, 30_000_000, travel=COMPLETE)
    theirs: Any = types.SimpleNamespace(**msgspec.structs.asdict(ours) | {"kind": TheirKind.WITHDRAWAL})
    verdicts = await room.db.run("t", lambda tx: room.clearance.evaluate(tx, [theirs], room.now))
    assert [(each.operation, each.answer) for each in verdicts] == [(ours.id, model.Answer.ALLOW)]
    theirs.kind = "gamble"
    with pytest.raises(ValueError, match="gamble"):
        await room.db.run("t", lambda tx: room.clearance.evaluate(tx, [theirs], room.now))


async def test_an_operation_stands_once_in_a_batch(room: house.Room) -> None:
    asked = room.operation(K.STAKE, 5)
    with pytest.raises(ValueError, match="once"):
        await room.evaluate(asked, asked)
    assert await room.evaluate() == []


def test_a_customer_hears_nothing_that_would_tip_them_off() -> None:
    secret = {
        code
        for code in model.Code
        if code.value.startswith(("sanctions", "counterparty", "monitoring", "risk", "kyc_frozen", "no_rate"))
    }
    assert not secret & model.TOLD
    verdict = model.Verdict(
        UUID(int=1), UUID(int=2), model.Answer.REFUSE,
        (model.Reason(model.Code.MONITORING_ALERT), model.Reason(model.Code.LIMIT_DAY)),
    )  # fmt: skip
    assert verdict.told == ("limit_day",)
    assert verdict.refusal is not None
    assert dict(verdict.refusal.facts) == {"reason": "limit_day"}


@pytest.mark.parametrize("seed", range(3))
async def test_the_cheap_way_and_counting_everything_answer_alike(
    room: house.Room, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over days of chance, with holds that end in every way; the amounts are such that every limit is met at times."""
    chance = random.Random(seed)
    await room.fund(100 * DAY)
    await room.fund(10**13, house.USD)
    known: set[str] = set()
    for _ in range(40):
        kind = chance.choice((K.STAKE, K.STAKE, K.WITHDRAWAL, K.CONVERSION, K.DEPOSIT))
        asset = chance.choice((house.LKR, house.LKR, house.USD))
        amount = chance.choice((1, SINGLE // 3, SINGLE)) if asset is house.LKR else chance.choice((10**6, 10**10))
        asked = [room.operation(kind, amount, asset, travel=COMPLETE) for _ in range(chance.choice((1, 1, 4)))]
        cheap = await room.reasons(*asked)
        with monkeypatch.context() as patched:
            patched.setattr(summing.Bounds, "close", lambda *_: True)
            assert await room.reasons(*asked) == cheap
        known |= {reason for _, reasons in cheap for reason in reasons}
        pending = chance.random() < 0.3 and kind is not K.DEPOSIT
        done = await room.does(*asked, flags=ledger.Flag.PENDING if pending else 0)
        for operation, verdict in zip(asked, done, strict=True):
            if pending and verdict.answer is model.Answer.ALLOW and chance.random() < 0.7:
                post = chance.random() < 0.5
                await end(room, operation.id, *((ledger.Flag.POST, amount // 2) if post else (ledger.Flag.VOID, 0)))
        room.now += timedelta(hours=chance.choice((1, 5, 20)))
    assert {"limit_day"} <= known
