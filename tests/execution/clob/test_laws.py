"""Laws that hold whatever is said, by hypothesis; both books."""

from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from execution_stack.clob import model
from execution_stack.clob.native import choosing
from tests.execution.clob import conftest

Row = tuple[int, ...]
PRICES = st.integers(95, 105)
QUANTITIES = st.integers(1, 20)


def told(op: int, **fields: st.SearchStrategy[int]) -> st.SearchStrategy[model.Command]:
    return st.fixed_dictionaries(fields).map(lambda chosen: model.Command(op, **chosen))


NEW = told(
    1,
    side=st.integers(0, 1),
    type=st.sampled_from([0, 0, 0, 1, 2, 3]),
    tif=st.sampled_from([0, 0, 1, 2, 3]),
    price=PRICES,
    quantity=QUANTITIES,
    stop=PRICES,
)
AMEND = told(3, id=st.integers(1, 30), price=PRICES, quantity=QUANTITIES)
CANCEL = told(2, id=st.integers(1, 30))
HALT = told(8, type=st.integers(1, 2))
RESUME = told(9)
COMMANDS = st.lists(st.one_of(NEW, NEW, NEW, NEW, AMEND, CANCEL, HALT, RESUME), max_size=60)
LAWS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def events(book: choosing.Book, command: model.Command) -> list[model.Event]:
    return [model.Event(*each) for each in book.run_rows((tuple(map(int, command)),))]


@pytest.mark.parametrize("engine", conftest.ENGINES)
@LAWS
@given(commands=COMMANDS)
def test_an_open_book_is_never_crossed(engine: str, commands: list[model.Command]) -> None:
    book = choosing.make(engine)
    for command in commands:
        events(book, command)
        bids, asks = book.orders(0), book.orders(1)
        if book.state == model.State.OPEN and bids and asks:
            assert bids[0][1] < asks[0][1]


@pytest.mark.parametrize("engine", conftest.ENGINES)
@LAWS
@given(commands=COMMANDS)
def test_quantity_is_conserved(engine: str, commands: list[model.Command]) -> None:
    """What was asked for is open, traded or cancelled; an amendment asks anew."""
    book = choosing.make(engine)
    owed: dict[int, int] = defaultdict(int)
    for command in commands:
        for each in events(book, command):
            if each.kind == model.Kind.ACCEPTED:
                owed[each.id] = each.quantity
            elif each.kind == model.Kind.TRADED:
                owed[each.id] -= each.quantity
                owed[each.other] -= each.quantity
            elif each.kind == model.Kind.CANCELLED:
                assert owed[each.id] == each.quantity
                owed[each.id] = 0
            elif each.kind == model.Kind.REPLACED:
                assert owed[each.id] == each.open
                owed[each.id] = each.quantity
        left = {id_: quantity for part in range(4) for id_, _, quantity in book.orders(part)}
        assert left == {id_: quantity for id_, quantity in owed.items() if quantity}


@pytest.mark.parametrize("engine", conftest.ENGINES)
@LAWS
@given(commands=st.lists(NEW, max_size=60))
def test_nobody_is_passed_over(engine: str, commands: list[model.Command]) -> None:
    """Every maker is the first of the best price at that moment, and no trade is worse than the taker's limit."""
    book = choosing.make(engine)
    for command in commands:
        book_before = [[*book.orders(0)], [*book.orders(1)]]
        taker = 0
        for each in events(book, command):
            if each.kind == model.Kind.TRIGGERED:
                break  # what rested meanwhile is not in what was read before
            if each.kind == model.Kind.ACCEPTED:
                taker = each.id
            if each.kind == model.Kind.TRADED and each.id == taker:
                first = book_before[1 - each.side][0]
                assert (each.other, each.price) == first[:2]
                if command.type == model.Type.LIMIT:
                    assert each.price <= command.price if each.side == 0 else each.price >= command.price
                if each.open:
                    book_before[1 - each.side][0] = (first[0], first[1], each.open)
                else:
                    book_before[1 - each.side].pop(0)


@pytest.mark.parametrize("engine", conftest.ENGINES)
@LAWS
@given(commands=COMMANDS, cut=st.integers(0, 60))
def test_a_restored_book_goes_on_as_if_nothing_had_happened(
    engine: str, commands: list[model.Command], cut: int
) -> None:
    book = choosing.make(engine)
    for command in commands[:cut]:
        events(book, command)
    other = choosing.restore(choosing.sealed(book), engine)
    for command in commands[cut:]:
        assert events(book, command) == events(other, command)
    assert choosing.digest(book) == choosing.digest(other)
