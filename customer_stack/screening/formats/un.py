"""The UN Security Council's consolidated list (XML): individuals and entities, aliases graded good or low."""

from customer_stack.screening import model
from customer_stack.screening.formats import values, xml_records

ROOT = "CONSOLIDATED_LIST"
_QUALITIES = {"low": model.Quality.WEAK, "a.k.a.": model.Quality.GOOD, "f.k.a.": model.Quality.GOOD}
_NAMES = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")


def parse(data: bytes) -> model.Parsed:
    root = xml_records.root(data)
    records = xml_records.records(data, "INDIVIDUAL", "ENTITY")
    published = values.moment(root.attributes.get("dateGenerated", "")) if root else None
    return model.Parsed(model.Publisher.UN, tuple(_entity(record) for record in records), published)


def _entity(record: xml_records.Element) -> model.Entity:
    prefix = record.name
    return values.entity(
        record.word("DATAID"),
        model.Kind.PERSON if prefix == "INDIVIDUAL" else model.Kind.ORGANISATION,
        _names(record, f"{prefix}_ALIAS"),
        born=[_born(each) for each in record.all("INDIVIDUAL_DATE_OF_BIRTH")],
        countries=values.countries(
            (*record.words("NATIONALITY", "VALUE"), *record.words(f"{prefix}_ADDRESS", "COUNTRY"))
        ),
        identifiers=[_identifier(each) for each in record.all("INDIVIDUAL_DOCUMENT")],
        programmes=record.words("UN_LIST_TYPE"),
    )


def _names(record: xml_records.Element, alias: str) -> list[model.Alias]:
    names = [model.Alias(" ".join(record.word(part) for part in _NAMES), model.Quality.PRIMARY)]
    names += [model.Alias(text) for text in record.words("NAME_ORIGINAL_SCRIPT")]
    for each in record.all(alias):
        quality = _QUALITIES.get(each.word("QUALITY").lower(), model.Quality.GOOD)
        # One field often holds several spellings, some in another script.
        names += [model.Alias(text, quality) for text in each.word("ALIAS_NAME").split(";")]
    return names


def _born(element: xml_records.Element) -> model.Born | None:
    about = element.word("TYPE_OF_DATE").upper() == "APPROXIMATELY"
    first, last = element.word("FROM_YEAR"), element.word("TO_YEAR")
    if first.isdecimal() and last.isdecimal():
        return values.years(int(first), int(last), about=about)
    return values.born(element.word("DATE") or element.word("YEAR"), about=about)


def _identifier(element: xml_records.Element) -> model.Identifier | None:
    where = element.word("ISSUING_COUNTRY") or element.word("COUNTRY_OF_ISSUE")
    return values.identifier(element.word("NUMBER"), element.word("TYPE_OF_DOCUMENT"), where)
