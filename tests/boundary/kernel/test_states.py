"""State machines: what the table says happens, what it does not say is refused, and no table contradicts itself."""

import enum

import pytest

from boundary.kernel import errors, states


class Door(enum.StrEnum):
    OPEN = "open"
    SHUT = "shut"
    LOCKED = "locked"
    GONE = "gone"


class Act(enum.StrEnum):
    PUSH = "push"
    TURN = "turn"
    BURN = "burn"


class Other(enum.StrEnum):
    OPEN = "open"
    PUSH = "push"


TABLE = {
    (Door.OPEN, Act.PUSH): Door.SHUT,
    (Door.SHUT, Act.PUSH): Door.OPEN,
    (Door.SHUT, Act.TURN): Door.LOCKED,
    (Door.LOCKED, Act.TURN): Door.SHUT,
    (Door.OPEN, Act.BURN): Door.GONE,
}
DOOR = states.Machine("door", Door.OPEN, TABLE, terminal={Door.GONE})


def test_every_pair_of_the_table_leads_where_it_says() -> None:
    for (state, event), expected in TABLE.items():
        assert DOOR.advance(state, event) is expected


def test_every_other_pair_is_refused_by_name() -> None:
    illegal = DOOR.illegal_pairs()
    assert len(illegal) + len(TABLE) == len(Door) * len(Act)
    for state, event in illegal:
        with pytest.raises(states.IllegalTransition) as caught:
            DOOR.advance(state, event)
        assert isinstance(caught.value, errors.Conflict)
        assert caught.value.code == "illegal_transition"
        assert caught.value.facts == {"machine": "door", "state": state.value, "event": event.value}


def test_a_terminal_state_refuses_everything() -> None:
    assert {event for state, event in DOOR.illegal_pairs() if state is Door.GONE} == set(Act)


def test_the_table_cannot_be_changed_afterwards() -> None:
    table = dict(TABLE)
    machine = states.Machine("door", Door.OPEN, table, terminal={Door.GONE})
    table[Door.LOCKED, Act.BURN] = Door.GONE
    assert (Door.LOCKED, Act.BURN) in machine.illegal_pairs()
    with pytest.raises(TypeError):
        machine.transitions[Door.LOCKED, Act.BURN] = Door.GONE  # type: ignore[index]  # the point of the test


def without(*pairs: tuple[Door, Act]) -> dict[tuple[Door, Act], Door]:
    return {pair: state for pair, state in TABLE.items() if pair not in pairs}


@pytest.mark.parametrize(
    "table, terminal, complaint",
    [
        ({}, {Door.GONE}, "without transitions"),
        (without((Door.SHUT, Act.TURN)), {Door.GONE}, "no way leads to locked"),
        (without((Door.LOCKED, Act.TURN)), {Door.GONE}, "locked must either be terminal or have an exit"),
        (TABLE, {Door.GONE, Door.LOCKED}, "locked must either be terminal or have an exit"),
        (TABLE, set(), "gone must either be terminal or have an exit"),
        (TABLE | {(Door.LOCKED, Act.BURN): Other.OPEN}, {Door.GONE}, "several enums"),
        (TABLE | {(Other.OPEN, Act.TURN): Door.SHUT}, {Door.GONE}, "several enums"),
        (TABLE | {(Door.LOCKED, Other.PUSH): Door.GONE}, {Door.GONE}, "several enums"),
        (TABLE, {Door.GONE, Other.PUSH}, "several enums"),
    ],
)
def test_a_machine_that_contradicts_itself_cannot_be_made(
    table: dict[tuple[Door, Act], Door], terminal: set[Door], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        states.Machine("door", Door.OPEN, table, terminal)


def test_the_diagram_is_mermaid() -> None:
    assert DOOR.diagram() == (
        "stateDiagram-v2\n"
        "    [*] --> open\n"
        "    open --> shut: push\n"
        "    shut --> open: push\n"
        "    shut --> locked: turn\n"
        "    locked --> shut: turn\n"
        "    open --> gone: burn\n"
        "    gone --> [*]\n"
    )
