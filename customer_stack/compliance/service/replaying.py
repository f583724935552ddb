"""Finds a verdict again: the stored facts, judged by the rules that they name, give the stored answer or do not."""

from typing import NamedTuple
from uuid import UUID

from boundary.kernel import canonical
from boundary.kernel.runtime import transaction
from customer_stack.compliance import model
from customer_stack.compliance.model import facts
from customer_stack.compliance.repo import evaluating as repo
from customer_stack.compliance.rules import judging


class Replayed(NamedTuple):
    """What was answered then, and what the same facts are answered now."""

    stored: facts.Row
    facts: facts.Facts
    answer: model.Answer
    reasons: tuple[model.Code, ...]

    @property
    def same(self) -> bool:
        stored = (self.stored.answer, self.stored.reasons)
        return stored == (self.answer.value, tuple(each.value for each in self.reasons))


async def replay(tx: transaction.Tx, verdict: UUID) -> Replayed:
    found = await repo.one(tx, verdict)
    if found is None:
        raise model.UnknownVerdict("there is no such verdict")
    _, row = found
    seen = canonical.unpack(row.facts, facts.Facts)
    reasons = judging.judge(seen)
    return Replayed(row, seen, judging.answer(seen, reasons), reasons)
