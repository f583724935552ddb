"""What may happen to a case, and who may do it. Pure; the database says the second part again."""

import re
from collections.abc import Collection, Iterable
from uuid import UUID

from boundary.kernel import states
from customer_stack.monitoring.model import cases

REASONS_MAX = 16
EVIDENCE_BYTES_MAX = 48 * 1024
MEDIA_TYPES = frozenset({"application/pdf", "image/jpeg", "image/png", "text/plain", "application/json"})
_KIND = re.compile(r"[a-z][a-z0-9_]{1,31}")
_REASON = re.compile(r"[a-z][a-z0-9_.:-]{0,63}")

_S, _E = cases.State, cases.Event
CASE: states.Machine[cases.State, cases.Event] = states.Machine(
    name="case",
    initial=_S.OPEN,
    transitions={
        (_S.OPEN, _E.CLAIM): _S.INVESTIGATING,
        (_S.ESCALATED, _E.CLAIM): _S.INVESTIGATING,
        (_S.INVESTIGATING, _E.RELEASE): _S.OPEN,
        (_S.INVESTIGATING, _E.ESCALATE): _S.ESCALATED,
        (_S.INVESTIGATING, _E.CONCLUDE): _S.DECIDING,
        (_S.DECIDING, _E.APPROVE): _S.CLOSED,
        (_S.DECIDING, _E.SEND_BACK): _S.INVESTIGATING,
    },
    terminal=(_S.CLOSED,),
)
OWN = frozenset({_E.RELEASE, _E.ESCALATE, _E.CONCLUDE})
"""What only the investigator does."""
OTHERS = frozenset({_E.APPROVE, _E.SEND_BACK})
"""What nobody does who ever worked on the case."""


def move(case: cases.Case, event: cases.Event, by: UUID, worked: Collection[UUID]) -> cases.State:
    """The state that follows when this officer does this. `worked` is whoever claimed the case so far.

    A claim that comes second is told who was first, before anything else is looked at.
    """
    if event is _E.CLAIM and case.investigator is not None and case.state is not _S.CLOSED:
        raise cases.CaseTaken("somebody else works on it", investigator=str(case.investigator), state=case.state.value)
    following = CASE.advance(case.state, event)
    if event in OWN and case.investigator != by:
        raise cases.NotInvestigator("only who works on the case may do that")
    if event in OTHERS and by in {case.investigator, *worked}:
        raise cases.Investigated("somebody who did not work on the case decides about its end")
    return following


def check_codes(kind: str, reasons: Iterable[str]) -> tuple[str, ...]:
    """Kinds and reasons are codes, so that no text about a person ends up among them."""
    found = tuple(dict.fromkeys(reasons))
    if not _KIND.fullmatch(kind) or len(found) > REASONS_MAX or not all(map(_REASON.fullmatch, found)):
        raise cases.BadReason("kinds and reasons are short codes in lower case")
    return found
