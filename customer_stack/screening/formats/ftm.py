"""FollowTheMoney entities as JSON lines, as OpenSanctions publishes them: sanctions, PEPs, their relatives.

Only what can be matched is read: things with names. A topic says why somebody is there; a PEP whose last position ended
(`declassified` below, from the positions' end dates where the file has them) stays listed with that date, for the
reader's policy to judge. One line that does not decode refuses the file.
"""

from collections.abc import Iterator

import msgspec

from customer_stack.screening import model
from customer_stack.screening.formats import values

_KINDS = {
    "Person": model.Kind.PERSON,
    "Organization": model.Kind.ORGANISATION,
    "Company": model.Kind.ORGANISATION,
    "PublicBody": model.Kind.ORGANISATION,
    "LegalEntity": model.Kind.UNKNOWN,
    "Vessel": model.Kind.VESSEL,
    "Airplane": model.Kind.AIRCRAFT,
}
_NUMBERS = (
    "idNumber",
    "passportNumber",
    "taxNumber",
    "registrationNumber",
    "imoNumber",
    "innCode",
    "ogrnCode",
    "leiCode",
)
_COUNTRIES = ("nationality", "country", "citizenship", "jurisdiction", "flag")
LINE_MAX = 4 * 1024 * 1024


class _Line(msgspec.Struct):
    id: str
    schema: str
    properties: dict[str, list[str | dict[str, object]]]
    last_seen: str = ""


_DECODER = msgspec.json.Decoder(_Line)


def parse(data: bytes) -> model.Parsed:
    newest, entities, ends = "", [], dict[str, list[str]]()
    for line in _lines(data):
        newest = max(newest, line.last_seen)
        if line.schema == "Occupancy":
            for holder in _texts(line, "holder"):
                ends.setdefault(holder, []).append(max(_texts(line, "endDate"), default=""))
        if line.schema in _KINDS:
            entities.append(line)
    return model.Parsed(
        model.Publisher.FTM,
        tuple(_entity(line, ends.get(line.id, [])) for line in entities),
        values.moment(newest),
    )


def _lines(data: bytes) -> Iterator[_Line]:
    """A file that was cut has lost its last line's end, or holds half an object."""
    if data and not data.endswith(b"\n"):
        raise model.ListRefused(model.Reason.TRUNCATED, "the last line has no end")
    start, number = 0, 0
    while start < len(data):
        end = data.index(b"\n", start)
        number += 1
        if end - start > LINE_MAX:
            raise model.ListRefused(model.Reason.TOO_LARGE, f"line {number}")
        if end > start:
            try:
                yield _DECODER.decode(data[start:end])
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                raise model.ListRefused(model.Reason.MALFORMED, f"line {number} is no entity") from None
        start = end + 1


def _texts(line: _Line, *names: str) -> list[str]:
    """Plain values; an entity that stands inside another counts by its id."""
    found: list[str] = []
    for name in names:
        for value in line.properties.get(name, []):
            if isinstance(value, str):
                found.append(value)
            elif isinstance(inner := value.get("id"), str):
                found.append(inner)
    return found


def _entity(line: _Line, ends: list[str]) -> model.Entity:
    first, *more = _texts(line, "name") or [""]
    until = max(ends) if ends and all(ends) else ""  # while one position has no end, it is held
    topics = sorted(set(_texts(line, "topics")))
    return values.entity(
        line.id,
        _KINDS[line.schema],
        [
            model.Alias(first, model.Quality.PRIMARY),
            *map(model.Alias, (*more, *_texts(line, "alias", "previousName"))),
            *(model.Alias(text, model.Quality.WEAK) for text in _texts(line, "weakAlias")),
        ],
        born=[values.born(text) for text in _texts(line, "birthDate")],
        countries=values.countries(_texts(line, *_COUNTRIES)),
        identifiers=[values.identifier(text, name) for name in _NUMBERS for text in _texts(line, name)],
        programmes=_texts(line, "programId"),
        roles=tuple(model.Role(topic, until if topic.startswith("role.pep") else "") for topic in topics),
    )
