"""The states of an account and of a contact change, who may take which role, and what must be agreed to."""

from collections.abc import Mapping
from typing import Final

from boundary.kernel import states
from customer_stack.access import model as access
from customer_stack.identity.model import accounts, notices, refusals

State, Event = accounts.State, accounts.Event
ChangeState, ChangeEvent = notices.ChangeState, notices.ChangeEvent

ACCOUNT: Final = states.Machine(
    "account",
    State.PENDING,
    {
        (State.PENDING, Event.VERIFY): State.ACTIVE,
        (State.ACTIVE, Event.SUSPEND): State.SUSPENDED,
        (State.SUSPENDED, Event.REINSTATE): State.ACTIVE,
        (State.ACTIVE, Event.CLOSE): State.CLOSED,
        (State.SUSPENDED, Event.CLOSE): State.CLOSED,
    },
    {State.CLOSED},
)

CHANGE: Final = states.Machine(
    "contact_change",
    ChangeState.REQUESTED,
    {
        (ChangeState.REQUESTED, ChangeEvent.VERIFY): ChangeState.WAITING,
        (ChangeState.REQUESTED, ChangeEvent.CANCEL): ChangeState.CANCELLED,
        (ChangeState.WAITING, ChangeEvent.CANCEL): ChangeState.CANCELLED,
        (ChangeState.WAITING, ChangeEvent.APPLY): ChangeState.DONE,
    },
    {ChangeState.DONE, ChangeState.CANCELLED},
)

OPEN_TO_ALL = frozenset({access.Role.INVESTOR, access.Role.ISSUER})
FACTOR_NEEDED = frozenset({access.Role.ADMIN, access.Role.ISSUER, access.Role.STAFF})


def self_given(role: access.Role) -> access.Role:
    """A role that somebody may register with."""
    if role not in OPEN_TO_ALL:
        raise refusals.RoleRefused("register as investor or issuer")
    return role


def agreed(answers: Mapping[accounts.Consent, tuple[str, bool]], in_force: Mapping[accounts.Consent, str]) -> None:
    """Every question was answered about the text in force, and what must be agreed to was."""
    for consent in accounts.Consent:
        if consent not in answers:
            raise refusals.ConsentMissing("answer every question", consent=consent.value)
    answered(answers, in_force)


def answered(answers: Mapping[accounts.Consent, tuple[str, bool]], in_force: Mapping[accounts.Consent, str]) -> None:
    """Each answer is about the text in force, and what the contract needs is agreed to."""
    for consent, (version, granted) in answers.items():
        if version != in_force[consent]:
            raise refusals.ConsentMissing("answer about the version in force", consent=consent.value)
        if consent in accounts.REQUIRED and not granted:
            raise refusals.ConsentMissing("this has to be agreed to", consent=consent.value)
