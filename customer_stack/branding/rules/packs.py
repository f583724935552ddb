"""Which version of a jurisdiction's pack holds on a day, what limits come of it, and what makes a pack fit to use."""

import zoneinfo
from collections.abc import Iterable, Iterator
from datetime import date, datetime

import msgspec

from boundary.kernel import errors, money
from customer_stack.branding import model

# Every figure and closed list of a pack has an entry in its `sources`, and nothing else has one.
SOURCED = frozenset(
    [
        "/time_zone",
        "/official_languages",
        "/required_languages",
        "/minimum_age",
        "/residency",
        "/identity_documents",
        "/consents_required",
        "/retention_years",
        *(f"/limits/{field}" for field in model.Limits.__struct_fields__),
        *(f"/deadlines/{field}" for field in model.Deadlines.__struct_fields__),
    ]
)


def pack_at(packs: Iterable[model.Pack], code: str, day: date) -> model.Pack:
    """The version of that jurisdiction's pack that is in force on a day of its own calendar."""
    begun = [pack for pack in packs if pack.code == code and pack.effective_from <= day]
    return _latest(begun, code, f"on {day.isoformat()}")


def pack_now(packs: Iterable[model.Pack], code: str, now: datetime) -> model.Pack:
    """As `pack_at`, for the day that the moment belongs to in the jurisdiction: law changes at local midnight."""
    begun = [pack for pack in packs if pack.code == code and pack.effective_from <= local_day(pack, now)]
    return _latest(begun, code, f"at {now.isoformat(timespec='seconds')}")


def local_day(pack: model.Pack, now: datetime) -> date:
    return now.astimezone(zoneinfo.ZoneInfo(pack.time_zone)).date()


def effective_limits(pack: model.Pack, overrides: model.LimitOverrides) -> model.Limits:
    """The stricter of the law's and the operator's, and never more in one go than in a day, or in a day than a month.

    A looser override is a problem when the configuration is loaded; here it has no effect, so that a pack version that
    begins while the process runs is obeyed at once.
    """
    month = _stricter(pack.limits.month, overrides.month)
    day = _stricter(_stricter(pack.limits.day, overrides.day), month)
    single = _stricter(_stricter(pack.limits.single, overrides.single), day)
    return msgspec.structs.replace(pack.limits, single=single, day=day, month=month)


def minimum_age(pack: model.Pack, overrides: model.LimitOverrides) -> int:
    return max(pack.minimum_age, overrides.minimum_age or 0)


def problems(packs: Iterable[model.Pack], code: str) -> list[model.Problem]:
    """What is wrong with the versions of one jurisdiction's pack; pointers begin with the version's position."""
    found: list[model.Problem] = []
    latest: date | None = None
    for position, pack in enumerate(packs):
        found += (model.Problem(f"/{position}{one.pointer}", one.detail) for one in _of_one(pack))
        if pack.code != code:
            found.append(model.Problem(f"/{position}/code", f"is not {code}"))
        if latest is not None and pack.effective_from <= latest:
            found.append(model.Problem(f"/{position}/effective_from", "is not after the version before it"))
        latest = pack.effective_from
    return found


def money_of(amount: model.Amount) -> money.Money:
    return money.parse(amount.amount, money.currency(amount.currency))


def amount_problem(amount: model.Amount, currency: str) -> str | None:
    """Why an amount cannot stand where the pack's currency is wanted, or nothing."""
    try:
        parsed = money_of(amount)
    except errors.Invalid as refusal:
        return f"is not an amount of money: {refusal.detail}"
    if amount.currency != currency:
        return f"is in {amount.currency}, and the jurisdiction's currency is {currency}"
    return None if parsed.to_minor() > 0 else "is not above zero"


def _latest(begun: list[model.Pack], code: str, when: str) -> model.Pack:
    if not begun:
        raise model.NoPack(f"no pack for jurisdiction {code} is in force {when}")
    return max(begun, key=lambda pack: pack.effective_from)


def _stricter(ours: model.Amount, other: model.Amount | None) -> model.Amount:
    """A limit in another currency cannot be compared, so it cannot loosen anything either."""
    lowest = money_of(ours)
    if other is not None and other.currency == ours.currency:
        lowest = min(lowest, money_of(other))
    return model.Amount(amount=lowest.text(), currency=ours.currency)


def _of_one(pack: model.Pack) -> Iterator[model.Problem]:
    yield from _limit_problems(pack)
    if not _is_zone(pack.time_zone):
        yield model.Problem("/time_zone", f"{pack.time_zone} is not a time zone that this machine knows")
    if not pack.required_languages:
        yield model.Problem("/required_languages", "at least one language is required")
    for pointer in sorted(SOURCED - pack.sources.keys()):
        yield model.Problem(pointer, "has no entry in /sources")
    for pointer in sorted(pack.sources.keys() - SOURCED):
        yield model.Problem("/sources", f"{pointer} is not a figure of the pack")


def _limit_problems(pack: model.Pack) -> Iterator[model.Problem]:
    limits = pack.limits
    wrong = {field: amount_problem(getattr(limits, field), pack.currency) for field in model.Limits.__struct_fields__}
    yield from (model.Problem(f"/limits/{field}", detail) for field, detail in wrong.items() if detail)
    if any(wrong.values()):
        return
    if money_of(limits.single) > money_of(limits.day):
        yield model.Problem("/limits/single", "exceeds the limit of a day")
    if money_of(limits.day) > money_of(limits.month):
        yield model.Problem("/limits/day", "exceeds the limit of a month")


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
