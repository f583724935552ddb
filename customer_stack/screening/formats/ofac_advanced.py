"""OFAC's list in the Advanced Sanctions Data Model (`sdn_advanced.xml`, root `Sanctions`).

Everything is a number that another part of the document explains: countries, kinds of parties, features and documents
stand in reference sets at the head, places and documents before the parties that have them, programmes behind. Parts of
a name carry the number of a group whose type says whether it is a family name. The document states no count; one that
was cut is not well formed.
"""

from collections import defaultdict
from collections.abc import Iterable

from customer_stack.screening import model
from customer_stack.screening.formats import values, xml_records

ROOT = "Sanctions"
_KINDS = {
    "individual": model.Kind.PERSON,
    "entity": model.Kind.ORGANISATION,
    "vessel": model.Kind.VESSEL,
    "aircraft": model.Kind.AIRCRAFT,
}
_TERMS = ("Country", "PartyType", "FeatureType", "NamePartType", "IDRegDocType", "AliasType")
_PLACES = frozenset(("Nationality Country", "Citizenship Country", "Location", "Vessel Flag"))
_BORN = "Birthdate"
_FAMILY = "Last Name"

_Terms = dict[tuple[str, str], str]


class _Document:
    """What was read so far; parties wait until the programmes behind them are known."""

    def __init__(self) -> None:
        self.terms: _Terms = {}
        self.kinds: dict[str, str] = {}
        self.places: dict[str, list[str]] = {}
        self.papers: dict[str, list[model.Identifier | None]] = defaultdict(list)
        self.programmes: dict[str, list[str]] = defaultdict(list)
        self.parties: list[xml_records.Element] = []
        self.published = ""

    def take(self, record: xml_records.Element) -> None:
        given = record.attributes
        match record.name:
            case "DateOfIssue":
                self.published = _date(record)
            case "PartySubType":
                self.kinds[given.get("ID", "")] = given.get("PartyTypeID", "")
            case "Location":
                self.places[given.get("ID", "")] = [
                    self.term("Country", each.attributes.get("CountryID", "")) for each in record.all("LocationCountry")
                ]
            case "IDRegDocument":
                self.papers[given.get("IdentityID", "")].append(self._paper(record))
            case "SanctionsEntry":
                self.programmes[given.get("ProfileID", "")] += record.words("SanctionsMeasure", "Comment")
            case "DistinctParty":
                self.parties.append(record)
            case _:
                self.terms[record.name, given.get("ID", "")] = record.text

    def term(self, kind: str, number: str) -> str:
        return self.terms.get((kind, number), "")

    def _paper(self, record: xml_records.Element) -> model.Identifier | None:
        given = record.attributes
        kind = self.term("IDRegDocType", given.get("IDRegDocTypeID", ""))
        where = self.term("Country", given.get("IssuedBy-CountryID", ""))
        return values.identifier(record.word("IDRegistrationNo"), kind, where)


def parse(data: bytes) -> model.Parsed:
    document = _Document()
    names = (*_TERMS, "DateOfIssue", "PartySubType", "Location", "IDRegDocument", "DistinctParty", "SanctionsEntry")
    for record in xml_records.records(data, *names):
        document.take(record)
    entities = tuple(_entity(party, document) for party in document.parties)
    return model.Parsed(model.Publisher.OFAC, entities, values.moment(document.published))


def _entity(party: xml_records.Element, document: _Document) -> model.Entity:
    profiles = party.all("Profile")
    features = [
        (document.term("FeatureType", each.attributes.get("FeatureTypeID", "")), each)
        for each in party.all("Profile", "Feature")
    ]
    kind = document.kinds.get(profiles[0].attributes.get("PartySubTypeID", "") if profiles else "", "")
    identities = party.all("Profile", "Identity")
    return values.entity(
        party.attributes.get("FixedRef", ""),
        _KINDS.get(document.term("PartyType", kind).lower(), model.Kind.UNKNOWN),
        [alias for identity in identities for alias in _aliases(identity, document)],
        born=[
            values.born(text, about=about) for name, each in features if name == _BORN for text, about in _born(each)
        ],
        countries=values.countries(
            where for name, each in features if name in _PLACES for where in _where(each, document)
        ),
        identifiers=[
            paper for identity in identities for paper in document.papers.get(identity.attributes.get("ID", ""), ())
        ],
        programmes=[
            text for profile in profiles for text in document.programmes.get(profile.attributes.get("ID", ""), ())
        ],
    )


def _aliases(identity: xml_records.Element, document: _Document) -> Iterable[model.Alias]:
    groups = {
        group.attributes.get("ID", ""): document.term("NamePartType", group.attributes.get("NamePartTypeID", ""))
        for group in identity.all("NamePartGroups", "MasterNamePartGroup", "NamePartGroup")
    }
    for alias in identity.all("Alias"):
        weak = alias.attributes.get("LowQuality") == "true"
        primary = alias.attributes.get("Primary") == "true"
        quality = model.Quality.WEAK if weak else model.Quality.PRIMARY if primary else model.Quality.GOOD
        for name in alias.all("DocumentedName"):
            yield model.Alias(_name(name, groups), quality)


def _name(documented: xml_records.Element, groups: dict[str, str]) -> str:
    """As the other formats write it: the family name first, then a comma, where parts say which is which."""
    parts = [
        (groups.get(each.attributes.get("NamePartGroupID", ""), ""), each.text)
        for each in documented.all("DocumentedNamePart", "NamePartValue")
    ]
    family = " ".join(text for group, text in parts if group == _FAMILY)
    others = " ".join(text for group, text in parts if group != _FAMILY)
    return f"{family}, {others}" if family and others else family or others


def _born(feature: xml_records.Element) -> Iterable[tuple[str, bool]]:
    for period in feature.all("FeatureVersion", "DatePeriod"):
        starts, ends = period.all("Start"), period.all("End")
        about = any(each.attributes.get("Approximate") == "true" for each in (*starts, *ends))
        first = [_date(each) for each in period.all("Start", "From")]
        last = [_date(each) for each in period.all("End", "To")]
        if not first:
            continue
        if last and first[0] != last[0]:
            yield f"{first[0][:4]} to {last[0][:4]}", about
        else:
            yield first[0], about


def _date(element: xml_records.Element) -> str:
    year, month, day = (element.word(part) for part in ("Year", "Month", "Day"))
    return f"{year:0>4}-{month:0>2}-{day:0>2}" if month and day else year


def _where(feature: xml_records.Element, document: _Document) -> Iterable[str]:
    for each in feature.all("FeatureVersion", "VersionLocation"):
        yield from document.places.get(each.attributes.get("LocationID", ""), ())
