"""OFAC's SDN list as three CSV files: names and remarks (SDN), aliases (ALT), addresses (ADD). They have no header.

What the SDN file knows beside names stands in its remarks, as phrases that end with semicolons. Quoted aliases there
(`a.k.a. 'NAME'`) are OFAC's weak ones. Each file ends with a line that holds the DOS end-of-file mark, or with nothing.
"""

import csv
import io
import re
from collections.abc import Iterator

from customer_stack.screening import model
from customer_stack.screening.formats import values

_EMPTY = "-0-"
_SDN, _ALT, _ADD = 12, 5, 6  # columns
_KINDS = {"individual": model.Kind.PERSON, "vessel": model.Kind.VESSEL, "aircraft": model.Kind.AIRCRAFT}
_WEAK = re.compile(r"^(?:alt\. )?[afn]\.k\.a\. '(.+)'\.?$")
_BORN = re.compile(r"^(?:alt\. )?DOB (.+?)\.?$")
_FROM = re.compile(r"^(?:alt\. )?(?:nationality|citizen) (.+?)\.?$")
_NUMBERED = re.compile(
    r"^(?:alt\. )?((?:Passport|Cedula|National ID|Identification|Tax ID|Registration|R\.F\.C\.|C\.U\.R\.P\.|D\.N\.I\.|"
    r"SSN|NIT|RUC|Vessel Registration|MMSI|SWIFT|D-U-N-S|Personal ID|Driver's)[^\d]*?)\s*#?\s*"
    r"([A-Z0-9][A-Z0-9./-]*\d[A-Z0-9./-]*)(?: \(([^)]+)\))?"
)
_END = "\x1a"
_CELL_MAX = 1 << 20


def parse(sdn: bytes, alt: bytes, add: bytes) -> model.Parsed:
    aliases: dict[str, list[model.Alias]] = {}
    for row in _rows(alt, _ALT, "ALT"):
        aliases.setdefault(row[0], []).append(model.Alias(row[3]))
    places: dict[str, list[str]] = {}
    for row in _rows(add, _ADD, "ADD"):
        places.setdefault(row[0], []).append(row[4])
    entities = tuple(_entity(row, aliases.pop(row[0], []), places.pop(row[0], [])) for row in _rows(sdn, _SDN, "SDN"))
    if orphans := len(aliases.keys() | places.keys()):
        raise model.ListRefused(model.Reason.TRUNCATED, f"{orphans} entries of ALT or ADD are not in SDN")
    return model.Parsed(model.Publisher.OFAC, entities)


def _rows(data: bytes, width: int, name: str) -> Iterator[list[str]]:
    """Rows of exactly so many cells, `-0-` as nothing. The last row may lack its line end, never a cell."""
    try:
        text = data.decode("utf-8-sig").rstrip(_END + "\r\n ")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace").rstrip(_END + "\r\n ")  # what OFAC wrote for years
    if text.count('"') % 2:
        raise model.ListRefused(model.Reason.TRUNCATED, f"{name} ends inside quotes")
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for number, row in enumerate(rows, start=1):
            if len(row) != width or not row[0].strip().isdecimal():
                reason = (
                    model.Reason.TRUNCATED if number == rows.line_num and _is_last(rows) else model.Reason.MALFORMED
                )
                raise model.ListRefused(reason, f"{name}, row {number}: {len(row)} cells for {width}")
            yield ["" if cell.strip() == _EMPTY else cell.strip() for cell in row]
    except csv.Error:
        raise model.ListRefused(model.Reason.MALFORMED, f"{name}, line {rows.line_num}: no CSV") from None


def _is_last(rows: Iterator[list[str]]) -> bool:
    return next(rows, None) is None


def _entity(row: list[str], aliases: list[model.Alias], places: list[str]) -> model.Entity:
    # A semicolon ends a phrase; one inside of a phrase stands in parentheses, which no phrase that we read needs.
    phrases = [phrase.strip() for phrase in row[11].split(";")]
    weak = [model.Alias(found[1], model.Quality.WEAK) for phrase in phrases if (found := _WEAK.match(phrase))]
    numbers = [found for phrase in phrases if (found := _NUMBERED.match(phrase))]
    flags = [row[9]]  # of a vessel
    return values.entity(
        row[0],
        _KINDS.get(row[2], model.Kind.ORGANISATION),
        [model.Alias(row[1], model.Quality.PRIMARY), *aliases, *weak],
        born=[values.born(found[1]) for phrase in phrases if (found := _BORN.match(phrase))],
        countries=values.countries(
            [*flags, *places, *(found[1] for phrase in phrases if (found := _FROM.match(phrase)))]
        ),
        identifiers=[values.identifier(found[2], found[1], found[3] or "") for found in numbers],
        programmes=row[3].replace("] [", ";").strip("[]").split(";"),
    )
