"""Screening as other capabilities ask for it: of an account, a beneficiary or a counterparty, with a word for why.

They define a port of this shape and never import anything else of screening; a composition root hands them this.
"""

from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.screening import model
from customer_stack.screening.model import people
from customer_stack.screening.service import decisions, wiring


class Screener(NamedTuple):
    """Each answers with the subject's state, in the caller's transaction. Only CLEAR lets anything pass."""

    screening: wiring.Screening

    async def screen(self, tx: transaction.Tx, account: UUID, person: model.Person, trigger: str) -> people.State:
        """An account, at onboarding and whenever its profile changes; it has a key in the vault already."""
        made = await decisions.screen(
            tx, self.screening, subject=account, person=person, trigger=people.Trigger(trigger)
        )
        return made.state

    async def beneficiary(
        self, tx: transaction.Tx, beneficiary: UUID, owner: UUID, person: model.Person
    ) -> people.State:
        """Somebody whom an account pays; sealed under the account's key, so that both are erased together."""
        made = await decisions.screen(
            tx,
            self.screening,
            subject=beneficiary,
            person=person,
            trigger=people.Trigger.BENEFICIARY,
            kind=people.SubjectKind.BENEFICIARY,
            owner=owner,
        )
        return made.state

    async def counterparty(self, tx: transaction.Tx, counterparty: UUID, person: model.Person) -> people.State:
        """Somebody who pays an account, or whoever else stands on the other side; with a key of its own."""
        made = await decisions.screen(
            tx,
            self.screening,
            subject=counterparty,
            person=person,
            trigger=people.Trigger.COUNTERPARTY,
            kind=people.SubjectKind.COUNTERPARTY,
        )
        return made.state
