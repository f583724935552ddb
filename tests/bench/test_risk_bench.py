"""What comparing intents with limits costs the intake: the same cores taken in with a desk and without one, in turn."""

import time
import uuid
from collections.abc import Sequence
from datetime import datetime

import pytest

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from boundary.wire import to_execution, words
from execution_stack.gate.service import effects
from execution_stack.risk import model
from execution_stack.risk.service import judging
from tests import embedded
from tests.bench import conftest, figures
from tests.execution.risk import desk as desks
from tests.stacks import PLANS, StackDatabase

pytestmark = [pytest.mark.bench, pytest.mark.timeout(120)]
CORE = 1000
PARTICIPANTS = 100
ROUNDS = 9
RATIO_MAX = 1.6


class NoDesk:
    """Lets everything pass and counts nothing: the intake as it was before there was risk."""

    async def judge(
        self, tx: transaction.Tx, channel: uuid.UUID, wanted: Sequence[model.Wanted], now: datetime
    ) -> list[tuple[model.Finding, ...]]:
        return [()] * len(wanted)

    async def released(self, tx: transaction.Tx, ended: Sequence[model.Ended], now: datetime) -> None: ...


@pytest.mark.parametrize("size", [1, CORE])
async def test_the_intake_with_and_without_limits(
    servers: embedded.Servers, execution_template: str, report: conftest.Report, size: int
) -> None:
    async with servers.copied(execution_template) as name:
        schema = StackDatabase(name, PLANS["execution"]._replace(database=name), servers)
        gate, operator = await schema.connect("execution_gate"), await schema.connect("execution_operator")
        superuser = await schema.superuser()
        desk = desks.Desk(gate, operator, superuser)
        refs = [await desk.participant() for _ in range(PARTICIPANTS)]
        instrument = await desk.instrument()
        run = [_placed(refs[number % PARTICIPANTS], instrument) for number in range(size)]
        took: dict[str, list[float]] = {"with": [], "without": []}
        for number in range(2 * (ROUNDS + 1)):
            which = "with" if number % 2 else "without"
            context = effects.Context(
                desk.channel, 1, number + 1, desks.NOW, ids.SystemIds(),
                desk=judging.Desk() if number % 2 else NoDesk(),
            )  # fmt: skip
            started = time.perf_counter()
            said = await gate.run("bench.core", lambda tx, context=context: effects.apply(tx, context, run))
            if number > 1:
                took[which].append(time.perf_counter() - started)
            assert len(said) == size
        await superuser.close()
        await operator.close()
        await gate.close()
    ratio = min(took["with"]) / min(took["without"])
    micros = {which: min(each) / size * 1e6 for which, each in took.items()}
    report(figures.Figure(f"intake of a core of {size}, without risk", f"{micros['without']:,.1f} µs per intent"))
    goal, met = (f"≤ {RATIO_MAX}", ratio <= RATIO_MAX) if size == CORE else ("", None)
    report(figures.Figure("  with risk", f"{micros['with']:,.1f} µs per intent", ratio, goal, met))


def _placed(who: uuid.UUID, what: uuid.UUID) -> to_execution.PlaceIntent:
    good = words.TimeInForce.UNTIL_CANCELLED
    return to_execution.PlaceIntent(who, what, words.Side.BUY, words.IntentKind.LIMIT, good, 40, 10, 400, 0)
