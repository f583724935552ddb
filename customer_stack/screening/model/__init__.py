"""What a list says about somebody, what we ask of it, and what a matcher answers. All of it is immutable."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from boundary.kernel import errors

ONE = 1_000_000  # scores are millionths: an integer is the same in every run, in JSON and in a database


class Kind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"
    VESSEL = "vessel"
    AIRCRAFT = "aircraft"
    UNKNOWN = "unknown"


class Quality(StrEnum):
    """How much the publisher trusts a name: weak ones (nicknames, broad spellings) find more than they should."""

    PRIMARY = "primary"
    GOOD = "good"
    WEAK = "weak"


class Publisher(StrEnum):
    OFAC = "ofac"
    UN = "un"
    EU = "eu"
    UK = "uk"
    FTM = "ftm"


class Reason(StrEnum):
    """Why a list is not used."""

    UNKNOWN_FORMAT = "unknown_format"
    MALFORMED = "malformed"
    ENTITIES = "entities"  # a DTD or an entity declaration: no list has one, every bomb does
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    SHRUNKEN = "shrunken"
    STALE = "stale"
    OLDER = "older"
    INCOMPLETE = "incomplete"  # a file that belongs to others came without them


class ListRefused(errors.Invalid):
    """A version of a list that is not used; the last good one stays."""

    code = "list_refused"

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}", reason=reason.value)
        self.reason = reason


class UnknownVersion(errors.NotFound):
    """No list was ever stored under this number."""

    code = "screening_version_unknown"


class BadQuery(errors.Invalid):
    """The names to be screened cannot be read."""

    code = "bad_query"


class Alias(msgspec.Struct, frozen=True):
    name: str
    quality: Quality = Quality.GOOD


class Born(msgspec.Struct, frozen=True, order=True):
    """A birth date as far as it is known: years from `first` to `last`; month and day only of an exact one."""

    first: int
    last: int
    month: int = 0
    day: int = 0
    about: bool = False


class Identifier(msgspec.Struct, frozen=True, order=True):
    """A document or registration; `value` has letters and digits only. `country` is ISO 3166 in lower case, or empty."""

    value: str
    kind: str = ""
    country: str = ""


class Role(msgspec.Struct, frozen=True):
    """Why somebody is of interest (`sanction`, `role.pep`, `role.rca`, …), as FollowTheMoney calls it; until when, if
    known. Who held positions says which.
    """

    topic: str
    until: str = ""
    positions: tuple[str, ...] = ()


class Relative(msgspec.Struct, frozen=True, order=True):
    """Another entry of the same list that this one is bound to, and how: `family`, `associate`, …"""

    ref: str
    relation: str


class Entity(msgspec.Struct, frozen=True):
    """One entry of a list. `ref` is the publisher's own name for it."""

    ref: str
    kind: Kind
    names: tuple[Alias, ...]
    born: tuple[Born, ...] = ()
    countries: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    programmes: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    relatives: tuple[Relative, ...] = ()


class ListFile(msgspec.Struct, frozen=True):
    """Bytes as they came, under the name they came with."""

    name: str
    data: bytes


class Parsed(msgspec.Struct, frozen=True):
    """What a codec found. A file that states its own count was held to it."""

    publisher: Publisher
    entities: tuple[Entity, ...]
    published: datetime | None = None


class Version(msgspec.Struct, frozen=True, order=True):
    """One list as it was: `sha256` names it, over the bytes of its files in the order of their names."""

    publisher: Publisher
    sha256: str
    entities: int
    names: int
    published: datetime | None = None


class List(msgspec.Struct, frozen=True):
    version: Version
    entities: tuple[Entity, ...]


class Document(msgspec.Struct, frozen=True):
    """A paper of somebody: what it is, its number, and the country that issued it."""

    kind: str
    number: str
    country: str = ""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Whom we screen, as the capability that deals with them knows them. Firms have a kind of their own."""

    names: tuple[str, ...]
    birth: date | None = None
    nationalities: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    kind: Kind = Kind.PERSON


class Query(msgspec.Struct, frozen=True):
    """Whom we ask about. Only a name is needed; all else makes the answer sharper."""

    name: str
    kind: Kind = Kind.UNKNOWN
    born: date | None = None
    countries: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()


class Feature(msgspec.Struct, frozen=True):
    """One reason. `value` is what it measured and `effect` what it did to the score, both in millionths."""

    name: str
    value: int
    effect: int
    query: str = ""
    candidate: str = ""
    detail: str = ""


class Candidate(msgspec.Struct, frozen=True):
    """An entry that may be meant. `rank` orders candidates of equal score, greatest first."""

    publisher: Publisher
    ref: str
    kind: Kind
    name: str
    quality: Quality
    score: int
    rank: tuple[int, ...]
    features: tuple[Feature, ...]


class Decision(msgspec.Struct, frozen=True):
    """All that is needed to get the same answer again: who judged, with which libraries, on which lists, and what for."""

    matcher: str
    libraries: dict[str, str]
    lists: tuple[Version, ...]
    threshold: int
    candidates: tuple[Candidate, ...]
