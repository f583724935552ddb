"""The EU's financial sanctions file (FSF, XML): everything is in attributes, aliases are strong or not."""

from customer_stack.screening import model
from customer_stack.screening.formats import values, xml_records

ROOT = "export"
_KINDS = {"person": model.Kind.PERSON, "enterprise": model.Kind.ORGANISATION}


def parse(data: bytes) -> model.Parsed:
    root = xml_records.root(data)
    published = values.moment(root.attributes.get("generationDate", "")) if root else None
    records = xml_records.records(data, "sanctionEntity")
    return model.Parsed(model.Publisher.EU, tuple(_entity(record) for record in records), published)


def _entity(record: xml_records.Element) -> model.Entity:
    kinds = [each.attributes.get("code", "") for each in record.all("subjectType")]
    where = [
        each.attributes.get("countryIso2Code", "") for each in (*record.all("citizenship"), *record.all("address"))
    ]
    return values.entity(
        record.attributes.get("euReferenceNumber") or record.attributes.get("logicalId", ""),
        _KINDS.get(kinds[0] if kinds else "", model.Kind.UNKNOWN),
        [_alias(each, first=number == 0) for number, each in enumerate(record.all("nameAlias"))],
        born=[_born(each) for each in record.all("birthdate")],
        countries=values.countries(code for code in where if code != "00"),  # "00" is their word for unknown
        identifiers=[
            values.identifier(
                each.attributes.get("number") or each.attributes.get("latinNumber", ""),
                each.attributes.get("identificationTypeCode", ""),
                each.attributes.get("countryIso2Code", "").replace("00", ""),
            )
            for each in record.all("identification")
        ],
        programmes=[each.attributes.get("programme", "") for each in record.all("regulation")],
    )


def _alias(element: xml_records.Element, *, first: bool) -> model.Alias:
    parts = (element.attributes.get(part, "") for part in ("firstName", "middleName", "lastName"))
    name = element.attributes.get("wholeName") or " ".join(parts)
    if element.attributes.get("strong", "true") != "true":
        return model.Alias(name, model.Quality.WEAK)
    return model.Alias(name, model.Quality.PRIMARY if first else model.Quality.GOOD)


def _born(element: xml_records.Element) -> model.Born | None:
    given = element.attributes
    about = given.get("circa") == "true"
    if given.get("calendarType", "GREGORIAN") != "GREGORIAN":
        return None
    if given.get("birthdate"):
        return values.born(given["birthdate"], about=about)
    first, last = given.get("yearRangeFrom", ""), given.get("yearRangeTo", "")
    if first.isdecimal() and last.isdecimal():
        return values.years(int(first), int(last), about=about)
    return values.born(given.get("year", ""), about=about)
