"""What each level asks for, by jurisdiction and from which day on. Age, residency and documents are the pack's.

A policy version is a day as a number (20270131): the later of the days from which the pack and our own requirements
hold. So a stricter law and a stricter house rule both make a new version, and a decision says under which it was made.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from customer_stack.branding import model as branding
from customer_stack.branding.rules import packs
from customer_stack.kyc import model

_U = model.UploadKind
ELSEWHERE = "*"


class Level(NamedTuple):
    """What an application for a level must bring, and whether a person has to look at it whatever a vendor says."""

    uploads: tuple[frozenset[model.UploadKind], ...]
    by_officer: bool
    valid: timedelta


class Requirements(NamedTuple):
    """Our own rules from one day on. `again` is how long an approval stands by the risk of the customer."""

    effective_from: date
    levels: Mapping[int, Level]
    submissions_max: int
    abandoned_after: timedelta
    again: Mapping[str, timedelta]


class Policy(NamedTuple):
    """All that holds at a moment."""

    version: int
    day: date
    minimum_age: int
    residences: frozenset[str]
    identity_documents: frozenset[str]
    requirements: Requirements

    def level(self, level: int) -> Level:
        return self.requirements.levels[level]


_YEAR = timedelta(days=365)
_FRONT = frozenset({_U.IDENTITY_FRONT})
_SELFIE = frozenset({_U.SELFIE})
_ADDRESS = frozenset({_U.ADDRESS_PROOF})
_FUNDS = frozenset({_U.FUNDS_PROOF})

REQUIREMENTS: Mapping[str, tuple[Requirements, ...]] = {
    ELSEWHERE: (
        Requirements(
            effective_from=date(2025, 1, 1),
            levels={
                1: Level((), by_officer=False, valid=3 * _YEAR),
                2: Level((_FRONT, _SELFIE), by_officer=False, valid=3 * _YEAR),
                3: Level((_FRONT, _SELFIE, _ADDRESS, _FUNDS), by_officer=True, valid=2 * _YEAR),
            },
            submissions_max=4,
            abandoned_after=timedelta(days=30),
            again={"low": 3 * _YEAR, "medium": 2 * _YEAR, "high": _YEAR},
        ),
    ),
}


def at(config: branding.Branding, now: datetime) -> Policy:
    """The policy of this operator's jurisdiction at a moment, by the calendar of the place."""
    code = config.config.jurisdiction
    pack = packs.pack_now(config.packs, code, now)
    day = packs.local_day(pack, now)
    dated = REQUIREMENTS.get(code, REQUIREMENTS[ELSEWHERE])
    ours = max((each for each in dated if each.effective_from <= day), key=lambda each: each.effective_from)
    return Policy(
        version=int(max(pack.effective_from, ours.effective_from).strftime("%Y%m%d")),
        day=day,
        minimum_age=packs.minimum_age(pack, config.config.limits),
        residences=frozenset(pack.residency.countries),
        identity_documents=frozenset(each.value for each in pack.identity_documents),
        requirements=ours,
    )


def expiry(policy: Policy, level: int, document_expires: date | None, risk: str, now: datetime) -> datetime:
    """When an approval ends: with the document, after the level's time, or when the customer's risk asks for another look."""
    ends = [now + policy.level(level).valid, now + policy.requirements.again[risk]]
    if document_expires is not None:
        ends.append(now + timedelta(days=max((document_expires - policy.day).days, 0)))
    return min(ends)
