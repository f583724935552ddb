"""Values as lists write them: dates in a dozen ways, countries by name or code, numbers of documents.

What cannot be read is left out of the entry, never guessed; names are what an entry is found by, so an entry whose birth
date is prose is still an entry.
"""

import functools
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from rigour.territories import lookup_territory

from customer_stack.screening import model

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})")
_DAY_FIRST = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})$")
_WORDED = re.compile(r"^(?:(\d{1,2})[ -])?([A-Za-z]{3})[a-z]*[ -](\d{4})$")
_UNKNOWN_PART = re.compile(r"^(?:[0d]{1,2}/)?(?:[0m]{1,2}/)(\d{4})$|^[0d]{1,2}/(\d{1,2})/(\d{4})$", re.IGNORECASE)
_SPAN = re.compile(r"^(\d{4})(?:-\d{2}-\d{2})?\s*(?:to|and|-|/)\s*(\d{4})$", re.IGNORECASE)
_YEAR = re.compile(r"^(\d{4})$")
_YEAR_MONTH = re.compile(r"^(\d{4})-(\d{2})$")
_ABOUT = re.compile(r"^(?:circa|approximately|about|c\.)\s+", re.IGNORECASE)
NAME_MAX = 2_000  # comparing grows with the square of the words; the longest names published have some 500 characters
_YEAR_MIN, _YEAR_MAX = 1850, 2100


def born(text: str, *, about: bool = False) -> model.Born | None:
    """A birth date in any of the ways that the lists use."""
    plain = " ".join(text.split()).strip(".;")
    if shorter := _ABOUT.match(plain):
        return born(plain[shorter.end() :], about=True)
    if found := _SPAN.match(plain):
        return years(int(found[1]), int(found[2]), about=about)
    if exact := _exact(plain):
        return model.Born(exact.year, exact.year, exact.month, exact.day, about)
    if (found := _YEAR.match(plain)) or (found := _YEAR_MONTH.match(plain)):
        return years(int(found[1]), int(found[1]), about=about)
    if found := _UNKNOWN_PART.match(plain):
        year = int(found[1] or found[3])
        return years(year, year, about=about)
    if found := _WORDED.match(plain):
        return years(int(found[3]), int(found[3]), about=about)
    return None


def _exact(text: str) -> date | None:
    if found := _ISO.match(text):
        parts = (int(found[1]), int(found[2]), int(found[3]))
    elif found := _DAY_FIRST.match(text):
        parts = (int(found[3]), int(found[2]), int(found[1]))
    elif (found := _WORDED.match(text)) and found[1]:
        parts = (int(found[3]), _MONTHS.get(found[2].lower(), 0), int(found[1]))
    else:
        return None
    try:
        return date(*parts) if _YEAR_MIN <= parts[0] <= _YEAR_MAX else None
    except ValueError:
        return None


def years(first: int, last: int, *, about: bool = False) -> model.Born | None:
    if not _YEAR_MIN <= first <= last <= _YEAR_MAX:
        return None
    return model.Born(first, last, about=about)


@functools.lru_cache(maxsize=4096)
def country(text: str) -> str:
    """ISO 3166 in lower case, or nothing."""
    plain = " ".join(text.split())
    if not plain:
        return ""
    found = lookup_territory(plain)
    while found is not None and not found.is_country and found.parent is not None:
        found = found.parent
    return found.code if found is not None else ""


def countries(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({code for text in texts if (code := country(text))}))


def identifier(value: str, kind: str = "", where: str = "") -> model.Identifier | None:
    plain = "".join(letter for letter in value.upper() if letter.isalnum())
    return model.Identifier(plain, " ".join(kind.split()).lower(), country(where)) if plain else None


def entity(
    ref: str,
    kind: model.Kind,
    names: Iterable[model.Alias],
    *,
    born: Iterable[model.Born | None] = (),
    countries: tuple[str, ...] = (),
    identifiers: Iterable[model.Identifier | None] = (),
    programmes: Iterable[str] = (),
    roles: tuple[model.Role, ...] = (model.Role("sanction"),),
    relatives: tuple[model.Relative, ...] = (),
) -> model.Entity:
    """An entry, in one order whatever the file's; of a name said twice, what the publisher trusts more is kept."""
    kept: dict[str, model.Alias] = {}
    order = list(model.Quality)
    for each in names:
        text = " ".join(each.name.split())
        if len(text) > NAME_MAX:
            raise model.ListRefused(model.Reason.MALFORMED, f"entry {ref} has a name of {len(text)} characters")
        if text and (text not in kept or order.index(each.quality) < order.index(kept[text].quality)):
            kept[text] = model.Alias(text, each.quality)
    if not ref or not kept:
        raise model.ListRefused(model.Reason.MALFORMED, f"entry {ref or 'without a reference'} has no name")
    return model.Entity(
        ref=ref,
        kind=kind,
        names=tuple(kept.values()),
        born=tuple(sorted({each for each in born if each is not None})),
        countries=countries,
        identifiers=tuple(sorted({each for each in identifiers if each is not None})),
        programmes=tuple(sorted({each for each in programmes if each})),
        roles=roles,
        relatives=relatives,
    )


def moment(text: str) -> datetime | None:
    """When a list was published; a day alone is its midnight in UTC."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        exact = _exact(" ".join(text.split()))
        return datetime(exact.year, exact.month, exact.day, tzinfo=UTC) if exact else None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
