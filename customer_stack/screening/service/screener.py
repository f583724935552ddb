"""Screening as others ask for it: of an account, of a payee or of another counterparty, each with a word for why.

Who is sealed under whose key, and as what they are remembered, is decided here and nowhere else. A composition root puts
the words of the capability that asks into these and the answer back into its own.
"""

from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.screening import model
from customer_stack.screening.model import people
from customer_stack.screening.service import decisions, wiring


async def account(
    tx: transaction.Tx, screening: wiring.Screening, subject: UUID, person: model.Person, trigger: people.Trigger
) -> people.State:
    """A customer, at onboarding and whenever their profile changes; they have a key in the vault already."""
    made = await decisions.screen(tx, screening, subject=subject, person=person, trigger=trigger, owner=subject)
    return made.state


async def beneficiary(
    tx: transaction.Tx, screening: wiring.Screening, subject: UUID, owner: UUID, person: model.Person
) -> people.State:
    """Somebody whom an account pays; sealed under the account's key, so that both are erased together."""
    made = await decisions.screen(
        tx,
        screening,
        subject=subject,
        person=person,
        trigger=people.Trigger.BENEFICIARY,
        kind=people.SubjectKind.BENEFICIARY,
        owner=owner,
    )
    return made.state


async def counterparty(
    tx: transaction.Tx,
    screening: wiring.Screening,
    subject: UUID,
    person: model.Person,
    *,
    owner: UUID | None = None,
) -> people.State:
    """Whoever else stands on the other side of a payment: with a key of their own, or sealed under that of the account
    that they deal with.
    """
    made = await decisions.screen(
        tx,
        screening,
        subject=subject,
        person=person,
        trigger=people.Trigger.COUNTERPARTY,
        kind=people.SubjectKind.COUNTERPARTY,
        owner=owner,
    )
    return made.state
