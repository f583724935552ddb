"""The UK's lists: the UK Sanctions List (XML and CSV), and OFSI's consolidated list (CSV, 2022 format) that it replaced.

A CSV file has a line with its date before the header; a row is one name of an entry, and rows of one entry repeat the
rest. Unknown parts of a date are written as the letters `dd` and `mm`, or as zeros.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from customer_stack.screening import model
from customer_stack.screening.formats import values, xml_records

ROOT = "Designations"
_KINDS = {
    "individual": model.Kind.PERSON,
    "entity": model.Kind.ORGANISATION,
    "ship": model.Kind.VESSEL,
}
_XML_NAMES = ("Name1", "Name2", "Name3", "Name4", "Name5", "Name6")
_REFS = ("unique id", "group id")
_KIND_COLUMNS = ("designation type", "individual, entity, ship", "group type")
_HEADER_LINES_MAX = 5


def parse_xml(data: bytes) -> model.Parsed:
    published, entities = None, []
    for record in xml_records.records(data, "DateGenerated", "Designation"):
        if record.name == "Designation":
            entities.append(_designation(record))
        else:
            published = values.moment(record.text)
    return model.Parsed(model.Publisher.UK, tuple(entities), published)


def _designation(record: xml_records.Element) -> model.Entity:
    person = ("IndividualDetails", "Individual")
    names = [
        model.Alias(
            " ".join(each.word(part) for part in _XML_NAMES),
            _quality(each.word("NameType"), each.word("AliasStrength")),
        )
        for each in record.all("Names", "Name")
    ]
    names += [model.Alias(text) for text in record.words("NonLatinNames", "NonLatinName", "NameNonLatinScript")]
    return values.entity(
        record.word("UniqueID"),
        _KINDS.get(record.word("IndividualEntityShip").lower(), model.Kind.UNKNOWN),
        names,
        born=[values.born(text) for text in record.words(*person, "DOBs", "DOB")],
        countries=values.countries(
            (
                *record.words(*person, "Nationalities", "Nationality"),
                *record.words("Addresses", "Address", "AddressCountry"),
            )
        ),
        identifiers=[
            *(
                values.identifier(text, "passport")
                for text in record.words(*person, "PassportDetails", "Passport", "PassportNumber")
            ),
            *(
                values.identifier(text, "national identifier")
                for text in record.words(
                    *person, "NationalIdentifierDetails", "NationalIdentifier", "NationalIdentifierNumber"
                )
            ),
        ],
        programmes=record.words("RegimeName"),
    )


def _quality(kind: str, strength: str) -> model.Quality:
    if kind.lower().startswith("primary name") and "variation" not in kind.lower():
        return model.Quality.PRIMARY
    return model.Quality.WEAK if "low" in strength.lower() else model.Quality.GOOD


def is_csv(data: bytes) -> bool:
    head = data[:4096].decode("utf-8-sig", "replace").lower()
    return "name 6" in head and any(ref in head for ref in _REFS)


def parse_csv(data: bytes) -> model.Parsed:
    text = _decoded(data)
    if text.count('"') % 2:
        raise model.ListRefused(model.Reason.TRUNCATED, "the file ends inside quotes")
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        published, header = _head(rows)
        entries: dict[str, list[dict[str, str]]] = {}
        reference = next(name for name in _REFS if name in header)
        for row in rows:
            if not any(row):
                continue
            if len(row) != len(header):
                reason = model.Reason.MALFORMED if next(rows, None) else model.Reason.TRUNCATED
                raise model.ListRefused(reason, f"line {rows.line_num}: {len(row)} cells for {len(header)}")
            cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
            entries.setdefault(cells[reference], []).append(cells)
    except csv.Error:
        raise model.ListRefused(model.Reason.MALFORMED, f"line {rows.line_num}: no CSV") from None
    entities = tuple(_entry(reference, named) for reference, named in entries.items())
    return model.Parsed(model.Publisher.UK, entities, values.moment(published))


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise model.ListRefused(model.Reason.MALFORMED, "the file is not UTF-8") from None


def _head(rows: Iterable[Sequence[str]]) -> tuple[str, list[str]]:
    """The date from the lines before the header, and the header in lower case."""
    published = ""
    for number, row in enumerate(rows):
        header = [cell.strip().lower() for cell in row]
        if "name 6" in header and any(name in header for name in _REFS):
            return published, header
        words = [part for cell in row for part in (cell, cell.partition(":")[2]) if values.moment(part)]
        published = words[0] if words else published
        if number >= _HEADER_LINES_MAX:
            break
    raise model.ListRefused(model.Reason.MALFORMED, "there is no header")


def _entry(reference: str, rows: Sequence[dict[str, str]]) -> model.Entity:
    def cells(*names: str) -> list[str]:
        return [row[name] for row in rows for name in names if row.get(name)]

    names = [
        model.Alias(
            " ".join(row.get(f"name {part}", "") for part in range(1, 7)),
            _quality(
                row.get("name type") or row.get("alias type", ""),
                row.get("alias strength") or row.get("alias quality", ""),
            ),
        )
        for row in rows
    ]
    names += [model.Alias(text) for text in cells("name non-latin script")]
    kind = next(iter(cells(*_KIND_COLUMNS)), "").lower()
    return values.entity(
        reference,
        _KINDS.get(kind, model.Kind.UNKNOWN),
        names,
        born=[values.born(text) for text in cells("d.o.b", "dob")],
        countries=values.countries(cells("nationality", "nationality(/ies)", "address country", "country")),
        identifiers=[
            *(values.identifier(text, "passport") for text in cells("passport number")),
            *(
                values.identifier(text, "national identifier")
                for text in cells("national identifier number", "national identification number")
            ),
        ],
        programmes=cells("regime name", "regime"),
    )
