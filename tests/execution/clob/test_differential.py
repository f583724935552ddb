"""Both books over the same seeded commands of every kind: the same events, the same digests, the same snapshot bytes."""

import collections
import gc
import itertools

import pytest

from execution_stack.clob import model
from execution_stack.clob.formats import records, snapshots
from execution_stack.clob.native import choosing
from execution_stack.clob.replay import flows as replay_flows
from tests.execution.clob import conftest, flows

SEEDS, COMMANDS, PIECE = 20, 5_000, 250


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_books_never_disagree(seed: int) -> None:
    given = bool(seed % 2)
    books = [choosing.make(each, given_ids=given) for each in conftest.ENGINES]
    restored = 0
    flow = flows.Flow(seed, given_ids=given)
    source = flow.commands(COMMANDS)
    first = 0
    while piece := list(itertools.islice(source, PIECE)):
        packed = records.pack_commands(piece)
        for book in books:
            book.run(packed, first)
        said = {book.events() for book in books}
        assert len(said) == 1
        flow.heard([*records.unpack_events(said.pop())])
        first += len(piece)
        states = {book.snapshot() for book in books}
        assert len(states) == 1
        if first % 1_000 == 0:  # each goes on as what the other one wrote
            (state,) = states
            books = [choosing.restore(snapshots.seal(state), each) for each in reversed(conftest.ENGINES)]
            restored += 1
            assert {book.snapshot() for book in books} == states
    assert restored == COMMANDS // 1_000


def test_the_flows_say_everything_that_can_be_said() -> None:
    ops, kinds, reasons = collections.Counter[int](), collections.Counter[int](), collections.Counter[int]()
    for seed in range(6):
        book = choosing.make(given_ids=bool(seed % 2))
        flow = flows.Flow(seed, given_ids=bool(seed % 2))
        for command in flow.commands(COMMANDS):
            events = book.run_rows((tuple(map(int, command)),))
            flow.heard(events)
            ops[command.op] += 1
            kinds.update(each[0] for each in events)
            reasons.update(each[2] for each in events if each[0] in {3, 4, 8})
    assert set(model.Op) <= set(ops)
    assert set(model.Kind) == set(kinds)
    assert {each.name for each in model.Reason if each not in reasons} <= {"NO_REASON", "BOOK_FULL"}


def test_a_book_leaves_nothing_to_a_collector(engine: str) -> None:
    """A process that matches switches it off: what is gone must go by itself."""
    book = choosing.make(engine)
    rows = replay_flows.mixed(choosing.make(engine), 3_000)
    rows += [(14, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0), *replay_flows.mixed(choosing.make(engine), 3_000, 2)]
    gc.collect()
    gc.disable()
    try:
        book.run_rows(rows)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_batch_says_what_its_commands_say_one_by_one(engine: str) -> None:
    commands = [tuple(map(int, each)) for each in flows.Flow(77).commands(2_000)]
    whole, single, packed = (choosing.make(engine) for _ in range(3))
    rows = whole.run_rows(commands)
    alone = [event for each in commands for event in single.submit(*each)]
    assert [each[:-1] for each in rows] == [each[:-1] for each in alone]
    assert packed.run(records.pack_commands(commands)) == len(rows)
    assert list(records.unpack_events(packed.events())) == rows
    assert choosing.digest(whole) == choosing.digest(single) == choosing.digest(packed)


def test_events_are_numbered_without_a_gap_and_refusals_take_no_number(engine: str) -> None:
    book = choosing.make(engine)
    numbers = [0]
    for at in range(0, 2_000, 100):
        book.run(records.pack_commands(flows.Flow(at).commands(100)), at)
        for event in records.EVENT.iter_unpack(book.events()):
            if event[0] == model.Kind.REFUSED:
                assert event[5] == numbers[-1]
            else:
                numbers.append(event[5])
            assert at <= event[-1] < at + 100
    assert numbers == list(range(len(numbers)))
    assert book.seq == numbers[-1]
