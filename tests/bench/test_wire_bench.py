"""What the wire's vocabulary costs per message: encoding, putting bodies together, decoding with every check."""

import time
from collections.abc import Callable, Sequence

import pytest

from boundary.kernel import ids
from boundary.wire import frame, messages, to_customer, to_execution, values, words
from tests.bench import conftest, figures

pytestmark = [pytest.mark.bench, pytest.mark.timeout(120)]

BATCH = 1000
NOON = 1_800_000_000
GOAL_MICROS = 2.0


def intents(random: ids.Ids) -> list[messages.Message]:
    return [
        to_execution.PlaceIntent(
            participant=random.ref(),
            instrument=random.ref(),
            side=words.Side.BUY,
            kind=words.IntentKind.LIMIT,
            time_in_force=words.TimeInForce.UNTIL_TIME,
            limit_ticks=550,
            lots=10 + number,
            cost_cap=5_600_000 + number,
            expires_at=NOON,
        )
        for number in range(BATCH)
    ]


def fills(_: ids.Ids) -> list[messages.Message]:
    return [
        to_customer.FillAllocated(
            fill=number + 1,
            intent=values.MessageName(1, 100_000 + number, number),
            lots=6,
            price=540,
            fee=70_000,
            improvement=60_000,
            rule=words.ResidueRule.LARGEST_REMAINDER,
            filled_at=NOON,
        )
        for number in range(BATCH)
    ]


def accepted(_: ids.Ids) -> list[messages.Message]:
    return [to_customer.IntentAccepted(values.MessageName(1, 100_000 + number, number)) for number in range(BATCH)]


def micros(work: Callable[[], object]) -> float:
    """Per message, the best of many rounds: what the work costs when nothing else runs."""
    taken = []
    for _ in range(figures.scaled(200, least=5)):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken) * 1e6 / BATCH


@pytest.mark.parametrize(
    "make, direction",
    [
        (intents, frame.Direction.TO_EXECUTION),
        (fills, frame.Direction.TO_CUSTOMER),
        (accepted, frame.Direction.TO_CUSTOMER),
    ],
    ids=["PlaceIntent", "FillAllocated", "IntentAccepted"],
)
def test_a_message_costs_a_few_tenths_of_a_microsecond(
    make: Callable[[ids.Ids], Sequence[messages.Message]], direction: frame.Direction, report: conftest.Report
) -> None:
    some = make(ids.SeededIds(1))
    encoded = [messages.encode(each) for each in some]
    data = messages.body(encoded)
    assert messages.decode_body(data, direction) == tuple(some)
    name = type(some[0]).__name__
    decoding = micros(lambda: messages.decode_body(data, direction))
    report(
        figures.Figure(
            f"{name}: decode, check refs, re-encode, compare",
            f"{decoding:.2f} µs",
            goal=f"{GOAL_MICROS} µs",
            reached=decoding <= GOAL_MICROS,
        )
    )
    encoding = micros(lambda: [messages.encode(each) for each in some])
    report(figures.Figure(f"{name}: encode, with the receiver's checks", f"{encoding:.2f} µs"))
    report(figures.Figure(f"{name}: put {BATCH} into a body", f"{micros(lambda: messages.body(encoded)):.3f} µs"))
