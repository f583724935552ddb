"""What somebody agreed to, and when: every answer is kept, the last one counts."""

from collections.abc import Mapping
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.identity.model import accounts
from customer_stack.identity.repo import accounts as repo
from customer_stack.identity.rules import accounts as rules
from customer_stack.identity.service import registration, wiring


async def given(tx: transaction.Tx, account: UUID) -> list[accounts.Decision]:
    return await repo.decisions(tx, account)


async def answer(
    tx: transaction.Tx,
    identity: wiring.Identity,
    account: UUID,
    answers: Mapping[accounts.Consent, tuple[str, bool]],
) -> list[accounts.Decision]:
    """New answers, each about the version in force. An answer that changes nothing is not written again."""
    await repo.lock(tx, account)
    known = {each.consent: (each.version, each.granted) for each in await repo.decisions(tx, account)}
    rules.answered(answers, identity.versions)
    fresh = tuple((consent, *said) for consent, said in answers.items() if known.get(consent) != said)
    if fresh:
        await registration.decide(tx, identity, account, fresh)
    return await repo.decisions(tx, account)
