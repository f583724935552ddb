"""What may happen to a report, which movements are reported, and what a report must say before it is filed. Pure."""

from collections.abc import Iterator

import msgspec

from boundary.kernel import states
from customer_stack.monitoring.model import packs, reports
from customer_stack.monitoring.rules import expressions

_S, _E = reports.State, reports.Event
REPORT: states.Machine[reports.State, reports.Event] = states.Machine(
    name="report",
    initial=_S.DRAFT,
    transitions={
        (_S.DRAFT, _E.APPROVE): _S.APPROVED,
        (_S.DRAFT, _E.DISCARD): _S.DISCARDED,
        (_S.APPROVED, _E.EXPORT): _S.EXPORTED,
        (_S.EXPORTED, _E.ACKNOWLEDGE): _S.ACKNOWLEDGED,
    },
    terminal=(_S.ACKNOWLEDGED, _S.DISCARDED),
)
CODES = {reports.Kind.SUSPICIOUS: "STR"}
"""How the authority calls a report; a threshold report's code stands in the pack."""


def floor(said: packs.ThresholdReport, currency: str) -> int:
    """The smallest amount that is reported, in smallest units of the jurisdiction's currency."""
    return expressions.minor(said.amount, currency) + (said.reported is packs.Threshold.ABOVE)


def missing(report: reports.Kind, content: reports.Content) -> Iterator[str]:
    """What must still be written, by name."""
    yield from _of_person(content.person)
    if report is reports.Kind.SUSPICIOUS:
        yield from (name for name in ("reason", "indicators") if not getattr(content, name))
    elif not content.transactions:
        yield "transactions"
    for position, each in enumerate(content.transactions):
        yield from (f"transactions.{position}.{name}" for name in _of_transaction(each))


def _of_person(person: reports.Person) -> Iterator[str]:
    needed = ("first_name", "last_name", "birthdate", "nationality", "residence")
    yield from (f"person.{name}" for name in needed if not getattr(person, name))
    if not person.id_number and person.identification is None:
        yield "person.id_number"


def _of_transaction(each: reports.Transaction) -> Iterator[str]:
    if each.local is None:
        yield "local"
    if not (each.other.name or each.other.account) or each.other.country is None:
        yield "other"


def revised(content: reports.Content, revision: reports.Revision) -> reports.Content:
    """A draft with an officer's words; the movements stay as the ledger has them."""
    told = tuple(
        msgspec.structs.replace(
            each,
            other=revision.others.get(each.transfer, each.other),
            local=revision.local.get(each.transfer) if each.local is None else each.local,
        )
        for each in content.transactions
    )
    return reports.Content(
        reason=revision.reason,
        action=revision.action,
        indicators=revision.indicators,
        person=revision.person,
        transactions=told,
    )
