"""A month of an account as CSV and as PDF. The same month gives the same bytes.

The PDF is written by hand: one standard font, lines of text, a table of contents of nothing. It needs no library, and
holds no script, no link and no picture.
"""

import zlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

LINES_A_PAGE = 54
_TOP, _LEFT, _STEP, _SIZE = 800, 40, 14, 9
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Row(NamedTuple):
    """A movement, its amounts as text at the asset's places."""

    at: datetime
    kind: str
    reference: str
    debit: str
    credit: str
    balance: str


class Month(NamedTuple):
    """What a statement says."""

    title: str
    account: str
    asset: str
    first: date
    last: date
    opening: str
    closing: str
    rows: Sequence[Row]


def csv(month: Month) -> bytes:
    """RFC 4180, fixed columns, opening and closing as lines of their own."""
    lines = [("posted_at", "kind", "reference", "debit", "credit", "balance")]
    lines.append((month.first.isoformat(), "opening", "", "", "", month.opening))
    lines += [
        (each.at.isoformat(), each.kind, each.reference, each.debit, each.credit, each.balance) for each in month.rows
    ]
    lines.append((month.last.isoformat(), "closing", "", "", "", month.closing))
    return "".join(",".join(map(_cell, line)) + "\r\n" for line in lines).encode()


def _cell(text: str) -> str:
    """Quoted where it must be; what a spreadsheet would take for a formula is text, a negative number is not one."""
    number = text[:1] == "-" and text[1:].replace(".", "", 1).isdigit()
    if text.startswith(_FORMULA) and not number:
        text = f"'{text}"
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(each in text for each in ',"\r\n') else text


def pdf(month: Month) -> bytes:
    lines = [
        month.title,
        f"Account {month.account}   {month.asset}   {month.first.isoformat()} to {month.last.isoformat()}",
        "",
        f"{'Posted (UTC)':<20}{'What':<14}{'Debit':>18}{'Credit':>18}{'Balance':>18}",
        f"{'':<20}{'opening':<14}{'':>18}{'':>18}{month.opening:>18}",
    ]
    lines += [
        f"{each.at:%Y-%m-%d %H:%M:%S} {each.kind:<14}{each.debit:>18}{each.credit:>18}{each.balance:>18}"
        for each in month.rows
    ]
    lines.append(f"{'':<20}{'closing':<14}{'':>18}{'':>18}{month.closing:>18}")
    pages = [lines[start : start + LINES_A_PAGE] for start in range(0, len(lines), LINES_A_PAGE)]
    return _document(pages)


def _document(pages: Sequence[Sequence[str]]) -> bytes:
    """Objects: 1 the catalogue, 2 the pages, 3 the font, then a page and its content for each."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        content = zlib.compress(_content(lines, number + 1, len(pages)), 9)
        page = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(page.encode())
        objects.append(
            f"<< /Length {len(content)} /Filter /FlateDecode >>\nstream\n".encode() + content + b"\nendstream"
        )
    return _assembled(objects)


def _content(lines: Sequence[str], number: int, of: int) -> bytes:
    body = [f"BT /F1 {_SIZE} Tf {_STEP} TL {_LEFT} {_TOP} Td".encode()]
    body += [b"(" + _escaped(line) + b") Tj T*" for line in [*lines, "", f"{number}/{of}"]]
    return b"\n".join([*body, b"ET"])


def _escaped(text: str) -> bytes:
    """What the encoding lacks is a question mark: nothing here but a brand's name could hold it."""
    data = text.encode("cp1252", "replace")
    for special in (b"\\", b"(", b")"):
        data = data.replace(special, b"\\" + special)
    return data


def _assembled(objects: Sequence[bytes]) -> bytes:
    data = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, each in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n" % number + each + b"\nendobj\n"
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
