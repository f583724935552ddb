"""An application's state, derived from its events: the same events give the same state, whatever order they came in.

An event has a sequence, the time at which it happened by the clock of who says so. Submitting, and being re-opened by a
policy, begin a session. An event belongs to the last session that had begun when it happened, so a late message about an
earlier attempt says nothing about the present one. Only the last session counts, with one exception: a final rejection
by the vendor in any session stands until two people say otherwise.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from boundary.kernel import states
from customer_stack.kyc import model

_S, _E = model.State, model.Event
STARTS = frozenset({_E.SUBMITTED, _E.REOPENED})
REDS = frozenset({_E.RED_RETRY, _E.RED_FINAL})
_UNDECIDED = (_S.PENDING, _S.VERIFIED, _S.IN_REVIEW, _S.RETURNED)

APPLICATION: states.Machine[model.State, model.Event] = states.Machine(
    name="kyc_application",
    initial=_S.DRAFT,
    transitions={
        (_S.DRAFT, _E.SUBMITTED): _S.PENDING,
        (_S.DRAFT, _E.ABANDON): _S.ABANDONED,
        (_S.PENDING, _E.GREEN): _S.VERIFIED,
        (_S.PENDING, _E.ON_HOLD): _S.IN_REVIEW,
        (_S.PENDING, _E.REVIEW): _S.IN_REVIEW,
        (_S.VERIFIED, _E.GREEN): _S.VERIFIED,
        (_S.VERIFIED, _E.ON_HOLD): _S.IN_REVIEW,
        (_S.VERIFIED, _E.REVIEW): _S.IN_REVIEW,
        (_S.RETURNED, _E.SUBMITTED): _S.PENDING,
        (_S.RETURNED, _E.GREEN): _S.VERIFIED,
        (_S.APPROVED, _E.RED_RETRY): _S.RETURNED,
        (_S.APPROVED, _E.RED_FINAL): _S.REJECTED,
        (_S.APPROVED, _E.EXPIRE): _S.EXPIRED,
        (_S.APPROVED, _E.REOPENED): _S.PENDING,
        (_S.APPROVED, _E.OVERRIDE_REJECT): _S.REJECTED,
        (_S.APPROVED, _E.CONFIRMED): _S.APPROVED,
        (_S.REJECTED, _E.OVERRIDE_APPROVE): _S.APPROVED,
        (_S.EXPIRED, _E.RED_FINAL): _S.REJECTED,
        # A decision was made by who knew the state of that moment; a message that came late must not undo a "no".
        **{(state, _E.APPROVE): _S.APPROVED for state in (_S.PENDING, _S.VERIFIED, _S.IN_REVIEW)},
        **{(state, _E.REJECT): _S.REJECTED for state in _UNDECIDED},
        **{(state, _E.RETURN): _S.RETURNED for state in _UNDECIDED},
        **{(state, _E.ABANDON): _S.ABANDONED for state in _UNDECIDED},
        **{(state, _E.RED_RETRY): _S.RETURNED for state in _UNDECIDED},
        **{(state, _E.RED_FINAL): _S.REJECTED for state in _UNDECIDED},
    },
    terminal=(_S.ABANDONED,),
)


class Derived(NamedTuple):
    """What follows from the events: the state, which session counts, and what the last decision was bound to."""

    state: model.State
    session: int
    reasons: tuple[str, ...]
    policy_version: int


def ordered(events: Iterable[model.Logged]) -> list[model.Logged]:
    """By when they happened; what happened in the same microsecond, by digest, which no order of arrival changes."""
    return sorted(events, key=lambda each: (each.sequence, each.digest))


def derive(events: Iterable[model.Logged]) -> Derived:
    sessions = _sessions(ordered(events))
    found = Derived(_S.DRAFT, 0, (), 0)
    for each in sessions[0]:
        found = _step(found, each)
    if len(sessions) == 1:
        return found
    final = _final_before(sessions[:-1])
    if final is not None:
        found = Derived(_S.REJECTED, len(sessions) - 1, final.reasons, final.policy_version)
        later = [each for each in sessions[-1] if each.sequence > final.sequence]
        return _fold(found, later)
    start, *rest = sessions[-1]
    return _fold(Derived(_S.PENDING, len(sessions) - 1, start.reasons, start.policy_version), rest)


def late_red(row: model.Application, told: model.Event, after: Derived, *, elsewhere: bool) -> bool:
    """Whether somebody who was let in is now rejected by the vendor. A final rejection counts whichever level it is
    about; that a file for a higher level has to be sent again says nothing about the lower one.
    """
    let_in = row.approved_at is not None or (elsewhere and told is _E.RED_FINAL)
    return let_in and told in REDS and after.state in {_S.REJECTED, _S.RETURNED} and row.state is not after.state


def _sessions(events: Sequence[model.Logged]) -> list[list[model.Logged]]:
    """The events before the first session, then those of each; what begins a session stands first in it."""
    found: list[list[model.Logged]] = [[]]
    for each in events:
        if each.event in STARTS:
            found.append([])
        found[-1].append(each)
    return found


def _final_before(sessions: Sequence[Sequence[model.Logged]]) -> model.Logged | None:
    """The last final rejection of sessions that are over, unless two people lifted it afterwards."""
    final = None
    for session in sessions:
        for each in session:
            if each.event is _E.RED_FINAL:
                final = each
            elif each.event is _E.OVERRIDE_APPROVE:
                final = None
    return final


def _fold(found: Derived, events: Iterable[model.Logged]) -> Derived:
    for each in events:
        found = _step(found, each)
    return found


def _step(found: Derived, each: model.Logged) -> Derived:
    """What has no meaning in a state is kept as evidence and changes nothing: the vendor owes us no order."""
    following = APPLICATION.transitions.get((found.state, each.event))
    if following is None:
        return found
    version = each.policy_version if following is _S.APPROVED else found.policy_version
    return Derived(following, found.session, each.reasons or found.reasons, version)
