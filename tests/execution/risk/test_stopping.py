"""The switch: one stops at once, two let it go on, and the very next core meets it."""

import asyncio
import uuid
from collections.abc import Sequence

import pytest
import pytest_asyncio

from boundary.kernel import clock, ids, primitives
from boundary.kernel.runtime import approvals, operator_register, transaction
from execution_stack.clob import book as books_
from execution_stack.clob import model as clob
from execution_stack.gate.service import channels, governing
from execution_stack.instruments import model as instruments
from execution_stack.instruments import service as instruments_service
from execution_stack.risk import model
from execution_stack.risk.service import stopping
from tests.execution.risk.desk import NOW, Desk, Silence, order, refusals

pytestmark = pytest.mark.asyncio(loop_scope="module")
C = model.Cause
SECONDS = clock.to_micros(NOW) // 1_000_000
RANDOM = ids.SystemIds()
ADMITTED = channels.Admitted()


class Floor:
    """Real books, told at once what a journal would tell them."""

    def __init__(self) -> None:
        self.told: list[tuple[uuid.UUID, int]] = []
        self.books: dict[uuid.UUID, books_.Book] = {}
        self.port = governing.Books(self.tell)

    async def tell(self, _tx: transaction.Tx, instrument: uuid.UUID, commands: Sequence[clob.Command]) -> None:
        book = self.books.setdefault(instrument, books_.Book())
        for each in commands:
            self.told.append((instrument, each.op))
            book.run_rows((tuple(map(int, each)),))

    def state(self, instrument: uuid.UUID) -> int:
        return self.books[instrument].state


class Two:
    """Two active operators of the stack, and their keys."""

    def __init__(self) -> None:
        self.keys: dict[uuid.UUID, bytes] = {}

    def sign(self, made: approvals.Statement, count: int = 2) -> list[approvals.Approval]:
        hashed = approvals.statement_hash(made)
        signed = [approvals.Approval(ref, primitives.ed25519_sign(key, hashed)) for ref, key in self.keys.items()]
        return signed[:count]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(desk: Desk) -> Two:
    two = Two()
    for _ in range(2):
        seed = RANDOM.token(32)
        key = primitives.ed25519_public(seed)
        ref = await desk.as_operator(lambda tx, key=key: operator_register.register(tx, key, RANDOM))
        found = await desk.as_operator(lambda tx, ref=ref: operator_register.find(tx, ref))
        made = approvals.statement(
            "execution",
            operator_register.ACTIVATE,
            ref,
            operator_register.facts_of(found),
            nonce=RANDOM.ref(),
            now=SECONDS,
            seconds=60,
        )
        given = [approvals.Approval(ref, primitives.ed25519_sign(seed, approvals.statement_hash(made)))]
        await desk.as_operator(
            lambda tx, made=made, given=given: operator_register.activate(tx, "execution", made, given, SECONDS)
        )
        two.keys[ref] = seed
    return two


async def kill(
    desk: Desk, scope: model.Scope, subject: uuid.UUID | None = None, port: governing.Books | None = None
) -> model.Stop:
    return await desk.as_operator(lambda tx: stopping.kill(tx, scope, subject, RANDOM, ADMITTED, port))


def statement(stop: model.Stop, **changes: str) -> approvals.Statement:
    facts = {**stopping.facts(stop), **changes}
    return approvals.statement(
        "execution", stopping.PURPOSE, stop.id, facts, nonce=RANDOM.ref(), now=SECONDS, seconds=60
    )


async def revive(desk: Desk, two: Two, stop: model.Stop, port: governing.Books | None = None) -> None:
    made = statement(stop)
    given = two.sign(made)
    await desk.as_operator(lambda tx: stopping.revive(tx, stop.id, made, given, SECONDS, port))


async def test_each_scope_stops_what_it_names_and_nothing_else_until_two_lift_it(desk: Desk, two: Two) -> None:
    who, other = await desk.participant(), await desk.participant()
    one, there = await desk.instrument(), await desk.instrument()
    await desk.as_operator(lambda tx: channels.register(tx, desk.channel))

    async def causes() -> list[list[C]]:
        return [refusals(each) for each in await desk.judge(order(who, one), order(who, there), order(other, one))]

    for scope, subject, expected in (
        (model.Scope.ALL, None, [[C.ALL_STOPPED]] * 3),
        (model.Scope.CHANNEL, desk.channel, [[C.CHANNEL_STOPPED]] * 3),
        (model.Scope.INSTRUMENT, one, [[C.INSTRUMENT_STOPPED], [], [C.INSTRUMENT_STOPPED]]),
        (model.Scope.PARTICIPANT, who, [[C.PARTICIPANT_STOPPED], [C.PARTICIPANT_STOPPED], []]),
    ):
        stop = await kill(desk, scope, subject)
        assert await causes() == expected
        with pytest.raises(model.AlreadyStopped):
            await kill(desk, scope, subject)
        assert [each.id for each in await desk.operator.read("test.stops", stopping.in_force)] == [stop.id]
        await revive(desk, two, stop)
        assert await causes() == [[], [], []]
        with pytest.raises(model.NotStopped):
            await revive(desk, two, stop)
    written = [each for each in await desk.entries() if isinstance(each, model.Stopped | model.Revived)]
    assert [type(each) for each in written] == [model.Stopped, model.Revived] * 4
    assert [each.scope for each in written if isinstance(each, model.Stopped)] == [1, 2, 3, 4]


async def test_one_operator_cannot_lift_a_stop_nor_two_with_a_statement_about_another(desk: Desk, two: Two) -> None:
    who, what = await desk.participant(), await desk.instrument()
    stop, other = await kill(desk, model.Scope.INSTRUMENT, what), await kill(desk, model.Scope.PARTICIPANT, who)
    made = statement(stop)
    for given in (two.sign(made, 1), two.sign(made, 1) * 2, two.sign(statement(stop))):
        with pytest.raises(approvals.NotApproved):
            await desk.as_operator(lambda tx, given=given: stopping.revive(tx, stop.id, made, given, SECONDS))
    for wrong, now in ((statement(other), SECONDS), (statement(stop, scope="all"), SECONDS), (made, SECONDS + 61)):
        given = two.sign(wrong)
        with pytest.raises(approvals.BadStatement):
            await desk.as_operator(
                lambda tx, wrong=wrong, given=given, now=now: stopping.revive(tx, stop.id, wrong, given, now)
            )
    assert [refusals(each) for each in await desk.judge(order(who, what))] == [
        [C.INSTRUMENT_STOPPED, C.PARTICIPANT_STOPPED]
    ]
    await revive(desk, two, stop)
    await revive(desk, two, other)


@pytest.mark.parametrize("scope", [model.Scope.CHANNEL, model.Scope.INSTRUMENT, model.Scope.PARTICIPANT])
async def test_what_does_not_exist_is_not_stopped(desk: Desk, scope: model.Scope) -> None:
    for subject in (RANDOM.ref(), None):
        with pytest.raises(model.UnknownSubject):
            await kill(desk, scope, subject)
    with pytest.raises(model.UnknownSubject):
        await kill(desk, model.Scope.ALL, RANDOM.ref())


async def test_of_a_hundred_who_stop_the_same_at_once_one_does(desk: Desk, two: Two) -> None:
    what = await desk.instrument()
    done = await asyncio.gather(*(kill(desk, model.Scope.INSTRUMENT, what) for _ in range(100)), return_exceptions=True)
    stops = [each for each in done if isinstance(each, model.Stop)]
    assert len(stops) == 1
    assert {type(each) for each in done} == {model.Stop, model.AlreadyStopped}
    made = statement(stops[0])
    given = two.sign(made)
    lifted = await asyncio.gather(
        *(desk.as_operator(lambda tx: stopping.revive(tx, stops[0].id, made, given, SECONDS)) for _ in range(20)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, model.Stop) for each in lifted) == 1


async def test_a_kill_waits_for_cores_under_way_and_every_later_one_meets_it(desk: Desk, two: Two) -> None:
    who, what = await desk.participant(), await desk.instrument()
    entered, go = asyncio.Event(), asyncio.Event()

    async def core(tx: transaction.Tx) -> None:
        await instruments_service.hold(tx)
        entered.set()
        await go.wait()

    under_way = asyncio.create_task(desk.gate.run("test.core", core))
    await entered.wait()
    killing = asyncio.create_task(kill(desk, model.Scope.INSTRUMENT, what))
    await asyncio.sleep(0.05)
    later = asyncio.create_task(desk.judge(order(who, what)))
    await asyncio.sleep(0.05)
    assert not killing.done()
    assert not later.done(), "who comes after the switch was thrown waits for it"
    go.set()
    await under_way
    stop = await killing
    assert [refusals(each) for each in await later] == [[C.INSTRUMENT_STOPPED]]
    await revive(desk, two, stop)


async def test_books_halt_with_the_switch_and_resume_when_nothing_keeps_them_halted(desk: Desk, two: Two) -> None:
    floor, one, two_ = Floor(), await desk.instrument(), await desk.instrument()
    omnibus = await desk.instrument(route=instruments.Route.OMNIBUS, product=instruments.Product.EVENT_CONTRACT)
    halted = await desk.instrument(state=instruments.State.HALTED)
    here = await kill(desk, model.Scope.INSTRUMENT, one, floor.port)
    everything = await kill(desk, model.Scope.ALL, None, floor.port)
    assert [instrument for instrument, _ in floor.told].count(one) == 1, "it was halted before"
    assert {floor.state(each) for each in (one, two_)} == {clob.State.HALTED}
    assert not {omnibus, halted} & floor.books.keys()

    async def move(event: instruments.StateEvent) -> None:
        await desk.as_operator(lambda tx: instruments_service.move(tx, two_, event, Silence(), floor.port))

    await move(instruments.StateEvent.HALT)
    await move(instruments.StateEvent.RESUME)
    assert floor.state(two_) == clob.State.HALTED, "the register resumes it, the switch does not"
    await move(instruments.StateEvent.HALT)
    await revive(desk, two, everything, floor.port)
    assert {floor.state(each) for each in (one, two_)} == {clob.State.HALTED}
    await move(instruments.StateEvent.RESUME)
    assert (floor.state(one), floor.state(two_)) == (clob.State.HALTED, clob.State.OPEN)
    await revive(desk, two, here, floor.port)
    assert floor.state(one) == clob.State.OPEN


async def test_a_grid_reaches_the_book_as_its_common_step(desk: Desk) -> None:
    floor = Floor()
    fields = {"price_max": 900, "grid": (instruments.Band(1, 4), instruments.Band(100, 10))}
    ref = await desk.instrument()
    found = await desk.operator.read("test.one", lambda tx: instruments_service.one(tx, str(ref)))
    wanted = instruments.Terms(
        cap_lots=found.cap_lots,
        opens_at=found.opens_at,
        closes_at=found.closes_at,
        document=found.document,
        **fields,  # type: ignore[arg-type]  # two fields of two types
    )

    class Nobody:
        async def open_in(self, _tx: transaction.Tx, _instrument: uuid.UUID) -> int:
            return 0

    await desk.as_operator(lambda tx: instruments_service.change(tx, ref, wanted, NOW, Silence(), Nobody(), floor.port))
    book = floor.books[ref]
    accepted = []
    for price in (0, 2, 7, 8, 900, 902):
        row = clob.Command(int(clob.Op.NEW), user=1, price=price, quantity=1)
        (said,) = book.run_rows((tuple(map(int, row)),))
        accepted += [price] if said[0] == clob.Kind.ACCEPTED else []
    assert accepted == [2, 8, 900]
