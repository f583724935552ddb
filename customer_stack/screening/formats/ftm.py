"""FollowTheMoney entities as JSON lines, as OpenSanctions publishes them: sanctions, PEPs, their relatives.

Only what can be matched is read: things with names. A topic says why somebody is there. Positions, families and
associates stand in lines of their own (`Occupancy`, `Family`, …) and are joined to the entries that they name. A PEP
whose last position ended stays listed with that day, and a relative with the last day of whom they are bound to: whether
that still counts is the reader's policy. One line that does not decode refuses the file.
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
_BONDS = {
    "Family": ("person", "relative", "relationship"),
    "Associate": ("person", "associate", "relationship"),
    "Ownership": ("owner", "asset", "role"),
    "Directorship": ("director", "organization", "role"),
    "UnknownLink": ("subject", "object", "role"),
}
LINE_MAX = 4 * 1024 * 1024


class _Line(msgspec.Struct):
    id: str
    schema: str
    properties: dict[str, list[str | dict[str, object]]]
    last_seen: str = ""


_DECODER = msgspec.json.Decoder(_Line)


class _Joined:
    """What lines say about other lines' entries."""

    def __init__(self) -> None:
        self.ends: dict[str, list[str]] = {}
        self.posts: dict[str, list[str]] = {}
        self.titles: dict[str, str] = {}
        self.relatives: dict[str, set[model.Relative]] = {}

    def take(self, line: _Line) -> None:
        if line.schema == "Position":
            self.titles[line.id] = next(iter(_texts(line, "name")), "")
        elif line.schema == "Occupancy":
            for holder in _texts(line, "holder"):
                self.ends.setdefault(holder, []).append(max(_texts(line, "endDate"), default=""))
                self.posts.setdefault(holder, []).extend(_texts(line, "post"))
        elif line.schema in _BONDS:
            one, other, told = _BONDS[line.schema]
            relation = next(iter(_texts(line, told)), line.schema.lower())
            for left in _texts(line, one):
                for right in _texts(line, other):
                    self.relatives.setdefault(left, set()).add(model.Relative(right, relation))
                    self.relatives.setdefault(right, set()).add(model.Relative(left, relation))

    def until(self, id_: str) -> str:
        """The day on which the last position ended; nothing while one is held, or none is known."""
        ends = self.ends.get(id_, [])
        return max(ends) if ends and all(ends) else ""

    def positions(self, id_: str) -> tuple[str, ...]:
        return tuple(sorted({title for post in self.posts.get(id_, ()) if (title := self.titles.get(post, ""))}))

    def bound_until(self, id_: str) -> str:
        """The same for whoever is listed because of others."""
        ends = [self.until(each.ref) for each in self.relatives.get(id_, ()) if each.ref in self.ends]
        return max(ends) if ends and all(ends) else ""


def parse(data: bytes) -> model.Parsed:
    newest, entities, joined = "", [], _Joined()
    for line in _lines(data):
        newest = max(newest, line.last_seen)
        joined.take(line)
        if line.schema in _KINDS:
            entities.append(line)
    return model.Parsed(model.Publisher.FTM, tuple(_entity(line, joined) for line in entities), values.moment(newest))


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


def _entity(line: _Line, joined: _Joined) -> model.Entity:
    first, *more = _texts(line, "name") or [""]
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
        roles=tuple(_role(topic, line.id, joined) for topic in topics),
        relatives=tuple(sorted(joined.relatives.get(line.id, ()))),
    )


def _role(topic: str, id_: str, joined: _Joined) -> model.Role:
    if topic.startswith("role.pep"):
        return model.Role(topic, joined.until(id_), joined.positions(id_))
    return model.Role(topic, joined.bound_until(id_) if topic == "role.rca" else "")
