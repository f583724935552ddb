"""What was found, met with what was decided before: which hits are open, and what a subject's state is. Pure.

The order of gravity: a confirmed match or a strong hit on a sanctions list blocks; no answer is no pass; an open hit
and a confirmed office holder wait for people; all else is clear.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from customer_stack.screening import model
from customer_stack.screening.model import people

_S, _H, _T, _R = people.State, people.HitState, people.Tier, people.Reason
_NEAR_DATE = 900_000  # the birth date is the same, or the same with day and month exchanged
_MATCHED = {_T.SANCTION: _R.SANCTIONS_MATCH, _T.CRIME: _R.CRIME_MATCH}
_OPEN = {
    _T.SANCTION: _R.SANCTIONS_HIT,
    _T.CRIME: _R.CRIME_HIT,
    _T.PEP: _R.PEP_ENHANCED_DUE_DILIGENCE,
    _T.RCA: _R.RELATIVE_ENHANCED_DUE_DILIGENCE,
}
# Topics as FollowTheMoney calls them, by how they begin.
_SANCTIONED = ("sanction", "export.control", "asset.frozen")
_IN_OFFICE = ("role.pep", "role.pol", "role.judge")
_DESCRIBING = ("gov", "fin", "pol.", "rel", "corp.public", "corp.offshore", "corp.shell", "role.lawyer", "role.acct")
_OFFICE = frozenset((_T.PEP, _T.RCA))


def tier(entity: model.Entity, policy: people.Policy, today: date) -> people.Tier | None:
    """The gravest reason for which an entry is listed. None: an office that ended long enough ago, or a topic that only
    describes. A topic that we do not know, and an entry without any, are for people to look at.
    """
    found: list[people.Tier] = [] if entity.roles else [_T.CRIME]
    for role in entity.roles:
        if role.topic.startswith(_SANCTIONED):
            found.append(_T.SANCTION)
        elif role.topic.startswith(_IN_OFFICE):
            found += [_T.PEP] * _counts(role, policy.office_ended, today)
        elif role.topic == "role.rca":
            found += [_T.RCA] * _counts(role, policy.office_ended, today)
        elif not role.topic.startswith(_DESCRIBING):
            found.append(_T.CRIME)
    return min(found, key=list(people.Tier).index, default=None)


def _counts(role: model.Role, kept: timedelta, today: date) -> bool:
    """A day that cannot be read is no end."""
    try:
        ended = date.fromisoformat(role.until) if role.until else None
    except ValueError:
        return True
    return ended is None or ended + kept > today


def found(
    answer: people.Answer,
    entities: Mapping[tuple[model.Publisher, str], tuple[model.Entity, bytes]],
    policy: people.Policy,
    today: date,
) -> list[people.Found]:
    """Each entry once, with its best score over all names. A strong one agrees in more than the name."""
    best: dict[tuple[model.Publisher, str], people.Found] = {}
    for decision in answer.decisions:
        for each in decision.candidates:
            key = each.publisher, each.ref
            entity, digest = entities[key]
            kind = tier(entity, policy, today)
            if kind is None or each.score < policy.review:
                continue
            strong = each.score >= policy.strong and _agrees(each)
            before = best.get(key)
            if before is None or (strong, each.score) > (before.strong, before.score):
                best[key] = people.Found(*key, kind, each.score, strong, digest)
    return [best[key] for key in sorted(best)]


def _agrees(candidate: model.Candidate) -> bool:
    values = {each.name: each.value for each in candidate.features}
    return values.get("identifier", 0) == model.ONE or values.get("birth_date", 0) >= _NEAR_DATE


class Change(NamedTuple):
    """What becomes of one entry's hit: opened anew or again, only rescored, or gone."""

    found: people.Found | None
    before: people.Hit | None
    state: people.HitState
    cause: people.Cause


def merge(found_: Sequence[people.Found], before: Iterable[people.Hit], person: bytes, now: datetime) -> list[Change]:
    """Every hit that changes or is new. What an officer decided holds while both sides are as they were."""
    known = {(hit.publisher, hit.ref): hit for hit in before}
    changes = []
    for each in found_:
        hit = known.pop((each.publisher, each.ref), None)
        changes.append(Change(each, hit, *_met(each, hit, person, now)))
    changes.extend(
        Change(None, hit, _H.GONE, hit.cause)
        for hit in known.values()
        if hit.state is _H.OPEN and hit.cause is not people.Cause.DELISTED
    )
    return changes


def _met(
    each: people.Found, hit: people.Hit | None, person: bytes, now: datetime
) -> tuple[people.HitState, people.Cause]:
    if hit is None or hit.state is _H.GONE:
        return _H.OPEN, people.Cause.NEW
    if hit.state in {_H.OPEN, _H.TRUE_MATCH}:
        return hit.state, hit.cause
    if each.strong and not hit.strong:
        return _H.OPEN, people.Cause.STRONGER
    if hit.entity != each.entity:
        return _H.OPEN, people.Cause.ENTITY_CHANGED
    if hit.person != person:
        return _H.OPEN, people.Cause.PERSON_CHANGED
    if hit.expires_at is not None and hit.expires_at <= now:
        return _H.OPEN, people.Cause.EXPIRED
    return hit.state, hit.cause


def derive(outcome: people.State, hits: Collection[people.Hit], now: datetime) -> people.Standing:
    """The state of a subject from what the last comparison came to and from its hits."""
    live = [hit for hit in hits if hit.state is not _H.GONE]
    matched = {_MATCHED[hit.tier] for hit in live if hit.state is _H.TRUE_MATCH and hit.tier in _MATCHED}
    strong = {_OPEN[hit.tier] for hit in live if hit.state is _H.OPEN and hit.strong and hit.tier is _T.SANCTION}
    open_ = {_OPEN[hit.tier] for hit in live if hit.state is _H.OPEN or _lapsed(hit, now)}
    confirmed = {_OPEN[hit.tier] for hit in live if hit.state is _H.TRUE_MATCH and hit.tier in _OFFICE}
    reasons = tuple(each for each in people.Reason if each in matched | strong | open_ | confirmed)
    if matched or strong:
        return people.Standing(_S.BLOCKED, reasons)
    if outcome in {_S.ERROR, _S.PENDING}:
        return people.Standing(outcome, reasons)
    return people.Standing(_S.REVIEW if reasons else _S.CLEAR, reasons)


def _lapsed(hit: people.Hit, now: datetime) -> bool:
    decided = hit.state in {_H.FALSE_POSITIVE, _H.ACCEPTED}
    return decided and hit.expires_at is not None and hit.expires_at <= now


def judge(hit: people.Hit, verdict: people.Verdict) -> people.HitState:
    """The state that a verdict leads to; raises if this hit cannot have it."""
    if verdict is people.Verdict.REOPEN:
        if hit.state in {_H.OPEN, _H.GONE}:
            raise people.VerdictRefused("nothing was decided that could be opened again")
        return _H.OPEN
    if hit.state is not _H.OPEN:
        raise people.HitDecided(
            "somebody else decided this hit",
            state=hit.state.value,
            by=str(hit.decided_by or ""),
            at=hit.decided_at.isoformat() if hit.decided_at else "",
        )
    if verdict is people.Verdict.ACCEPT:
        if hit.tier not in _OFFICE:
            raise people.VerdictRefused("only office holders and their relatives can be accepted")
        return _H.ACCEPTED
    return _H.FALSE_POSITIVE if verdict is people.Verdict.FALSE_POSITIVE else _H.TRUE_MATCH


def second(hit: people.Hit, state: people.HitState, by: UUID) -> bool:
    """Whether this officer's word ends it. Where it takes two to let a hit go, the first one's is only a proposal; nobody
    is their own second.
    """
    if not hit.takes_two or state not in {_H.FALSE_POSITIVE, _H.ACCEPTED}:
        return True
    if hit.proposed_by == by:
        raise people.SecondOfficer("somebody else has to say so too", proposed=state.value)
    return hit.proposed is state


def unusable(
    in_use: Mapping[model.Publisher, people.InUse], policy: people.Policy, now: datetime
) -> people.Failure | None:
    """Why the lists of this moment cannot clear anybody."""
    if not in_use or any(each not in in_use for each in policy.required):
        return people.Failure.LISTS_MISSING
    if any(stale(in_use[each], policy, now) for each in policy.required):
        return people.Failure.LISTS_STALE
    return None


def stale(used: people.InUse, policy: people.Policy, now: datetime) -> bool:
    """Whether nobody has seen for too long that this version is the newest."""
    return now - used.checked_at > policy.list_age_max


def check(person: model.Person) -> None:
    """Work grows with names and their words: what nobody has is refused, not worked on."""
    if not person.names or not any(name.strip() for name in person.names):
        raise people.BadPerson("nobody can be screened without a name")
    if len(person.names) > people.NAMES_MAX:
        raise people.BadPerson(f"more than {people.NAMES_MAX} names")


def queries(person: model.Person) -> list[model.Query]:
    """One query for each name, with all else that is known."""
    where = tuple(sorted({each.lower() for each in (*person.nationalities, *person.countries)}))
    numbers = tuple(each.number for each in person.documents)
    names = dict.fromkeys(" ".join(name.split()) for name in person.names)
    return [model.Query(name, person.kind, person.birth, where, numbers) for name in names if name]
