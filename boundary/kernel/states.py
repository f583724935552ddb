"""State machines as tables: what may happen is data, read at a glance, checked once and tested over every pair.

States and events are enums, so a machine knows all of them: what the table does not allow is refused, and
`illegal_pairs` lists it for the test that tries each. A machine that contradicts itself cannot be constructed:

* every state of the enum is reachable from the initial one;
* a terminal state has no exit, and every other state has one;
* nothing in the table is from another enum.
"""

import enum
import itertools
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Generic, TypeVar

from boundary.kernel import errors

State = TypeVar("State", bound=enum.Enum)
Event = TypeVar("Event", bound=enum.Enum)


class IllegalTransition(errors.Conflict):
    """The event has no meaning in the present state. Names of states and events are ours, so the message may say them."""

    code = "illegal_transition"

    def __init__(self, machine: str, state: enum.Enum, event: enum.Enum) -> None:
        super().__init__(
            f"{machine}: {event.value} is not possible in state {state.value}",
            machine=machine,
            state=str(state.value),
            event=str(event.value),
        )


class Machine(Generic[State, Event]):
    def __init__(
        self,
        name: str,
        initial: State,
        transitions: Mapping[tuple[State, Event], State],
        terminal: Collection[State],
    ) -> None:
        if not transitions:
            raise ValueError(f"{name}: a machine without transitions is a constant")
        self.name = name
        self.initial = initial
        self.transitions = MappingProxyType(dict(transitions))
        self.terminal = frozenset(terminal)
        self.states: tuple[State, ...] = tuple(type(initial))
        self.events: tuple[Event, ...] = tuple(type(next(iter(transitions))[1]))
        self._check()

    def advance(self, state: State, event: Event) -> State:
        try:
            return self.transitions[state, event]
        except KeyError:
            raise IllegalTransition(self.name, state, event) from None

    def illegal_pairs(self) -> list[tuple[State, Event]]:
        return [pair for pair in itertools.product(self.states, self.events) if pair not in self.transitions]

    def diagram(self) -> str:
        """The machine as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial.value}"]
        lines += [f"    {old.value} --> {new.value}: {event.value}" for (old, event), new in self.transitions.items()]
        lines += [f"    {state.value} --> [*]" for state in self.states if state in self.terminal]
        return "\n".join(lines) + "\n"

    def _check(self) -> None:
        exits: dict[State, set[State]] = {state: set() for state in self.states}
        origins, events = zip(*self.transitions, strict=True)
        named = itertools.chain(origins, self.transitions.values(), self.terminal)  # a set would merge equal StrEnums
        if {*map(type, named)} != {type(self.initial)} or len({*map(type, events)}) > 1:
            raise ValueError(f"{self.name}: the table mixes states or events of several enums")
        for (old, _), new in self.transitions.items():
            exits[old].add(new)
        for state, reached in exits.items():
            if bool(reached) == (state in self.terminal):
                raise ValueError(f"{self.name}: {state.value} must either be terminal or have an exit")
        if lost := exits.keys() - _reachable(self.initial, exits):
            raise ValueError(f"{self.name}: no way leads to {', '.join(sorted(str(state.value) for state in lost))}")


def _reachable(start: State, exits: Mapping[State, set[State]]) -> set[State]:
    found, waiting = {start}, [start]
    while waiting:
        fresh = exits[waiting.pop()] - found
        found |= fresh
        waiting += fresh
    return found
