"""Limits, the switch and the tick table as a customer stack meets them: through the receiver, as codes."""

import asyncio
import uuid
from typing import Any

import pytest

from boundary.kernel import ids
from boundary.wire import messages, to_customer, to_execution, values, words
from execution_stack.gate.service import announcements, channels, open_orders
from execution_stack.instruments import model as instruments
from execution_stack.instruments import rules as instruments_rules
from execution_stack.instruments import service as instruments_service
from execution_stack.intents import model as intents
from execution_stack.risk import model
from execution_stack.risk.service import setting, stopping
from tests.execution.gate.house import NOW, House, Wire, codes, name, placed

pytestmark = pytest.mark.asyncio(loop_scope="module")
R = words.RefusalCode
APPLIED, ACCEPTED, CANCELLED = to_customer.MessageApplied, to_customer.IntentAccepted, to_customer.IntentCancelled
COST = 40 * 10_000 * 10
"""What `placed` comes to."""


async def limit(house: House, who: uuid.UUID, **figures: int | None) -> None:
    await house.as_operator(lambda tx: setting.set_of_participant(tx, who, figures))


async def stop(house: House, scope: model.Scope, subject: uuid.UUID | None = None) -> model.Stop:
    return await house.as_operator(lambda tx: stopping.kill(tx, scope, subject, ids.SystemIds(), channels.Admitted()))


async def lift(house: House, found: model.Stop) -> None:
    """As two would; `test_stopping` sees to it that nobody else does."""
    await house.superuser.execute(
        "UPDATE risk_stop SET lifted_at = now(), statement = sha256(id::text::bytea) WHERE id = $1", found.id
    )


@pytest.mark.parametrize(
    "figures, code",
    [
        ({"order_value": COST - 1}, R.RISK_LIMIT),
        ({"daily_volume": COST - 1}, R.RISK_LIMIT),
        ({"open_notional": COST - 1}, R.RISK_LIMIT),
        ({"position_value": COST - 1}, R.RISK_LIMIT),
        ({"open_orders": 0}, R.TOO_MANY),
        ({"orders_per_minute": 0}, R.TOO_MANY),
        ({"order_value": 0, "open_orders": 0}, R.RISK_LIMIT),
    ],
)
async def test_a_limit_comes_home_as_its_code_and_leaves_no_intent(
    wire: Wire, house: House, figures: dict[str, int], code: words.RefusalCode
) -> None:
    listed = await house.listed()
    who, other = await wire.participants(2)
    await limit(house, who, **figures)
    outcomes = await wire.say(placed(who, listed.ref), placed(other, listed.ref))
    assert codes(outcomes) == [code, ACCEPTED]
    count = await house.superuser.fetchval("SELECT count(*) FROM intent WHERE participant = $1", who)
    assert count == 0


async def test_what_is_cancelled_is_free_again_in_the_same_core(wire: Wire, house: House) -> None:
    listed = await house.listed()
    (who,) = await wire.participants()
    await limit(house, who, open_notional=COST)
    assert codes(await wire.say(placed(who, listed.ref), placed(who, listed.ref))) == [ACCEPTED, R.RISK_LIMIT]
    outcomes = await wire.say(
        to_execution.CancelIntent(name(wire.end, 0)), placed(who, listed.ref), placed(who, listed.ref)
    )
    assert codes(outcomes) == [CANCELLED, ACCEPTED, R.RISK_LIMIT]


async def test_an_amendment_to_more_is_judged_and_one_to_less_is_not(wire: Wire, house: House) -> None:
    listed = await house.listed()
    (who,) = await wire.participants()
    await limit(house, who, open_notional=COST)
    await wire.say(placed(who, listed.ref))
    one, amend = name(wire.end, 0), to_execution.AmendIntent
    big = 10**7
    outcomes = await wire.say(amend(one, 41, 10, big), amend(one, 20, 5, big), amend(one, 40, 10, big))
    assert codes(outcomes) == [R.RISK_LIMIT, APPLIED, APPLIED]
    await limit(house, who, open_notional=1)
    assert codes(await wire.say(amend(one, 40, 9, big), amend(one, 40, 10, big))) == [APPLIED, R.RISK_LIMIT]
    row = await house.superuser.fetchrow("SELECT open_orders, open_value FROM risk_account WHERE participant = $1", who)
    assert tuple(row) == (1, COST * 9 // 10)


async def test_the_switch_refuses_the_very_next_core_and_lets_cancels_pass(wire: Wire, house: House) -> None:
    listed = await house.listed()
    (who,) = await wire.participants()
    await wire.say(placed(who, listed.ref), placed(who, listed.ref))
    one, two = name(wire.end, 0), name(wire.end, 1)
    for scope, subject in (
        (model.Scope.ALL, None),
        (model.Scope.CHANNEL, wire.end.channel),
        (model.Scope.INSTRUMENT, listed.ref),
        (model.Scope.PARTICIPANT, who),
    ):
        found = await stop(house, scope, subject)
        outcomes = await wire.say(placed(who, listed.ref), to_execution.AmendIntent(two, 20, 5, 10**7))
        assert codes(outcomes) == [R.TRADING_STOPPED] * 2
        await lift(house, found)
    found = await stop(house, model.Scope.ALL)
    assert codes(await wire.say(to_execution.CancelIntent(one))) == [CANCELLED]
    await lift(house, found)
    assert codes(await wire.say(placed(who, listed.ref))) == [ACCEPTED]


async def test_one_stopped_channel_leaves_the_others_alone(house: House) -> None:
    both, listed = await house.admitted(2), await house.listed()
    here, there = both.ends
    (one,), (two,) = await both.participants(end=here), await both.participants(end=there)
    found = await stop(house, model.Scope.CHANNEL, here.channel)
    assert codes(await both.say(placed(one, listed.ref), end=here)) == [R.TRADING_STOPPED]
    assert codes(await both.say(placed(two, listed.ref), end=there)) == [ACCEPTED]
    await lift(house, found)


async def test_of_a_hundred_intents_in_flight_on_ten_channels_an_instrument_takes_what_its_limit_says(
    house: House,
) -> None:
    many, listed = await house.admitted(10), await house.list_instrument()
    for end in many.ends:
        await many.news(end)
    await house.as_operator(lambda tx: setting.set_of_instrument(tx, listed.ref, {"open_orders": 1}))
    refs = [(await many.participants(end=end))[0] for end in many.ends]
    said = await asyncio.gather(
        *(many.say(*[placed(ref, listed.ref)] * 10, end=end) for end, ref in zip(many.ends, refs, strict=True))
    )
    assert [codes(each).count(ACCEPTED) for each in said] == [1] * 10
    assert sum(codes(each).count(R.TOO_MANY) for each in said) == 90


OUTSIDE: list[tuple[str, dict[str, Any], Any]] = [
    ("off the grid by one", {"limit_ticks": 41}, R.PRICE_OFF_GRID),
    ("above the highest price", {"limit_ticks": 100}, R.PRICE_OFF_GRID),
    ("the largest price there is", {"limit_ticks": 10**9, "cost_cap": 10**15}, R.PRICE_OFF_GRID),
    ("the most lots there are", {"lots": 10**12, "cost_cap": 10**15}, R.OVER_CAP),
    ("more than an instrument takes", {"lots": 501, "cost_cap": 10**15}, R.OVER_CAP),
    ("a cap below its cost", {"cost_cap": COST - 1}, R.OVER_CAP),
    ("no cap at all", {"cost_cap": 0}, R.OVER_CAP),
    ("a foreign instrument", {"instrument": uuid.UUID("6d7e0a52-3c1f-4b8a-9d02-5e4f3a2b1c0d")}, R.UNKNOWN_INSTRUMENT),
    ("a foreign participant", {"participant": uuid.UUID("6d7e0a52-3c1f-4b8a-9d02-5e4f3a2b1c0d")}, R.UNKNOWN_REF),
]


async def test_attacks_are_refused_each_for_its_reason_and_count_nothing(house: House) -> None:
    both = await house.admitted(2)
    listed = await house.list_instrument(
        grid=(instruments.Band(1, 2), instruments.Band(40, 10), instruments.Band(99, 9))
    )
    for end in both.ends:
        await both.news(end)
    (who,), (stranger,) = [await both.participants(end=end) for end in both.ends]
    attacks = [*OUTSIDE, ("another channel's participant", {"participant": stranger}, R.UNKNOWN_REF)]
    outcomes = await both.say(*(placed(**{"participant": who, "instrument": listed.ref, **changes})
                                for _, changes, _ in attacks))  # fmt: skip
    assert dict(zip((word for word, _, _ in attacks), codes(outcomes), strict=True)) == {
        word: code for word, _, code in attacks
    }
    rows = await house.superuser.fetch("SELECT participant, open_orders, open_value FROM risk_account")
    assert (who, 0, 0) in {tuple(row) for row in rows}
    assert stranger not in {row[0] for row in rows}


@pytest.mark.parametrize("changes", [{"lots": 0}, {"lots": -1}, {"limit_ticks": -1}, {"cost_cap": -1}, {"lots": 2**63}])
async def test_what_no_word_holds_does_not_even_cross(wire: Wire, house: House, changes: dict[str, int]) -> None:
    listed = await house.listed()
    (who,) = await wire.participants()
    with pytest.raises(ValueError, match="must not cross"):
        messages.encode(placed(who, listed.ref, **changes))


async def test_the_digest_of_the_intake_covers_what_risk_found(wire: Wire, house: House) -> None:
    listed = await house.listed()
    (who,) = await wire.participants()
    digests = []
    for figures in ({"order_value": COST}, {"order_value": COST * 10}):
        await limit(house, who, **figures)
        before = await house.last_entry()
        assert codes(await wire.say(placed(who, listed.ref))) == [ACCEPTED]
        digests += [each for each in await house.entries(before) if isinstance(each, intents.IntakeRecorded)]
    warned, plain = digests
    assert (warned.accepted, plain.accepted) == (1, 1)
    assert warned.digest != plain.digest


async def test_terms_that_change_reach_every_channel_and_one_that_joins_later(house: House) -> None:
    wire = await house.admitted()
    grid = (instruments.Band(1, 1), instruments.Band(40, 10), instruments.Band(99, 9))
    listed = await house.list_instrument(grid=grid)

    def heard(news: list[messages.Message], type_: Any) -> list[Any]:
        return [each for each in news if isinstance(each, type_) and each.instrument == listed.ref]

    (first,) = heard(await wire.news(), to_customer.InstrumentListed)
    assert first.terms.grid == tuple(values.Band(*band) for band in grid)
    wanted = instruments_rules.change(
        listed,
        instruments.Terms(
            price_max=80, cap_lots=9, opens_at=listed.opens_at, closes_at=listed.closes_at, document=bytes(32), grid=()
        ),
        NOW,
        0,
    )
    await house.as_operator(
        lambda tx: instruments_service.change(
            tx, listed.ref, instruments_rules.terms(wanted), NOW, announcements.Announcer(), open_orders.Intake()
        )
    )
    (changed,) = heard(await wire.news(), to_customer.InstrumentChanged)
    assert (changed.terms.price_max, changed.terms.cap_lots, changed.terms.grid) == (80, 9, ())
    await house.move(listed, instruments.StateEvent.CLOSE)
    (closed,) = heard(await wire.news(), to_customer.InstrumentClosed)
    await house.move(listed, instruments.StateEvent.RESOLVE)
    assert heard(await wire.news(), object) == [], "a resolution is told by what it decides"
    late = house.end()
    await house.as_operator(lambda tx: channels.register(tx, late.channel))
    joined = Wire(house, house.receiver(late), [late])
    told = [each for each in await joined.news() if getattr(each, "instrument", None) == listed.ref]
    assert told == [to_customer.InstrumentListed(listed.ref, changed.terms), closed]


async def test_prices_do_not_change_under_an_open_intent(wire: Wire, house: House) -> None:
    listed = await house.list_instrument()
    (who,) = await wire.participants()
    await wire.say(placed(who, listed.ref))
    wanted = instruments.Terms(
        price_max=98,
        cap_lots=500,
        opens_at=listed.opens_at,
        closes_at=listed.closes_at,
        document=listed.document,
        grid=(),
    )

    async def change() -> None:
        await house.as_operator(
            lambda tx: instruments_service.change(
                tx, listed.ref, wanted, NOW, announcements.Announcer(), open_orders.Intake()
            )
        )

    with pytest.raises(instruments.BadChange):
        await change()
    await wire.say(to_execution.CancelIntent(name(wire.end, 0)))
    await change()
    assert codes(await wire.say(placed(who, listed.ref, limit_ticks=99, cost_cap=99 * 10**5))) == [R.PRICE_OFF_GRID]
