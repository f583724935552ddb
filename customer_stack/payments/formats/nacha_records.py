"""The records of a NACHA file: columns, what may stand in them, and the totals that controls state."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, NoReturn

import msgspec

from customer_stack.payments.model.messages import FileRefused
from customer_stack.payments.model.nacha import Batch, Code, Entry, File

LENGTH = 94
BLOCK = 10
HASH = 10**10
"""Sums of bank numbers are kept to ten digits."""
ADDENDA_MAX = 9_999
CLASSES = frozenset(
    "ACK ARC ATX BOC CCD CIE COR CTX DNE ENR MTE POP POS PPD RCK SHR TEL TRC TRX WEB XCK".split()  # noqa: SIM905 -- a list of codes reads best as one line
)
REVERSAL = "REVERSAL"
"""The description of a batch that takes an earlier one back, and goes the other way."""
_ONE_WAY = {200: None, 220: False, 225: True}
_ADDENDA_TYPES = frozenset({"02", "05", "98", "99"})
_WITHOUT_ADDENDA = frozenset({"ARC", "BOC", "POP", "RCK", "TEL", "XCK"})
_ONE_ADDENDUM = frozenset({"ACK", "CCD", "CIE", "DNE", "PPD", "WEB"})
_DEBITS_ONLY = frozenset({"ARC", "BOC", "POP", "RCK", "TEL", "XCK"})
_CODES = frozenset(kind * 10 + what for kind in (2, 3, 4) for what in range(1, 10) if (kind, what) != (4, 5)) | {
    51, 52, 53, 54, 55, 56,
}  # fmt: skip
_AMOUNTLESS = frozenset({3, 4, 8, 9})
_RETURN = re.compile(r"R[0-9]{2}")
_CHANGE = re.compile(r"C[0-9]{2}")
_RETURNS = frozenset(
    {f"R{n:02}" for n in (*range(1, 48), 50, 51, 52, 53, *range(61, 63), *range(67, 78), *range(80, 86))}
    - {"R48", "R49"}
)
_CHANGES = frozenset({f"C{n:02}" for n in (*range(1, 10), 13, 14, *range(61, 70))})


def refuse(code: Code, line: int) -> NoReturn:
    raise FileRefused("the file breaks a rule of NACHA", reason=code.value, line=line)


class Totals(NamedTuple):
    """What a control states: entries and addenda, hash, debits, credits."""

    records: int = 0
    hashed: int = 0
    debits: int = 0
    credits: int = 0

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Totals":
        found = cls()
        for each in entries:
            found = cls(
                found.records + 1 + len(each.addenda),
                found.hashed + int(each.routing[:8]),
                found.debits + each.amount * each.debit,
                found.credits + each.amount * (not each.debit),
            )
        return found._replace(hashed=found.hashed % HASH)

    def plus(self, other: "Totals") -> "Totals":
        return Totals(
            self.records + other.records, (self.hashed + other.hashed) % HASH, self.debits + other.debits,
            self.credits + other.credits,
        )  # fmt: skip


def _number(text: str, code: Code, line: int, *, blank: bool = False) -> int:
    if blank and not text.strip():
        return 0
    if not text.isdigit():
        refuse(code, line)
    return int(text)


def check_digit(eight: str) -> int:
    total = sum(weight * int(digit) for weight, digit in zip((3, 7, 1, 3, 7, 1, 3, 7), eight, strict=True))
    return -total % 10


def file_header(line: str, at: int) -> dict[str, Any]:
    destination, origin = line[3:13].strip(), line[13:23].strip()
    if line[1:3] != "01" or line[34:39] != "09410" or line[39] not in "1 ":
        refuse(Code.FILE_HEADER, at)
    if (
        not destination.isdigit()
        or not origin.isdigit()
        or not line[23:29].isdigit()
        or not re.fullmatch(r"[A-Z0-9]", line[33])
    ):
        refuse(Code.FILE_HEADER, at)
    if not re.fullmatch(r"[0-9]{4}| {4}", line[29:33]):
        refuse(Code.FILE_HEADER, at)
    return {
        "destination": destination,
        "origin": origin,
        "created": line[23:29],
        "time": line[29:33].strip(),
        "modifier": line[33],
        "destination_name": line[40:63].rstrip(),
        "origin_name": line[63:86].rstrip(),
        "reference": line[86:94].rstrip(),
    }


def batch_header(line: str, at: int) -> dict[str, Any]:
    service = _number(line[1:4], Code.SERVICE_CLASS, at)
    if service not in _ONE_WAY:
        refuse(Code.SERVICE_CLASS, at)
    if line[50:53] not in CLASSES:
        refuse(Code.CLASS_CODE, at)
    if not line[4:20].strip() or not line[40:50].strip() or not line[53:63].strip() or line[78] not in "012":
        refuse(Code.BATCH_HEADER, at)
    if not line[79:87].isdigit() or not re.fullmatch(r"[0-9]{6}| {6}", line[69:75]):
        refuse(Code.BATCH_HEADER, at)
    return {
        "service_class": service,
        "company": line[4:20].rstrip(),
        "discretionary": line[20:40].rstrip(),
        "company_id": line[40:50].rstrip(),
        "class_code": line[50:53],
        "description": line[53:63].rstrip(),
        "descriptive_date": line[63:69].rstrip(),
        "effective": line[69:75].strip(),
        "settlement": line[75:78].rstrip(),
        "originator_status": line[78],
        "origin": line[79:87],
        "number": _number(line[87:94], Code.BATCH_NUMBER, at),
    }


def entry(line: str, at: int) -> tuple[Entry, bool]:
    code = _number(line[1:3], Code.TRANSACTION_CODE, at)
    if code not in _CODES:
        refuse(Code.TRANSACTION_CODE, at)
    routing = line[3:12]
    if not routing.isdigit() or check_digit(routing[:8]) != int(routing[8]):
        refuse(Code.CHECK_DIGIT, at)
    if line[78] not in "01":
        refuse(Code.ADDENDA_INDICATOR, at)
    if not line[12:29].strip() or not line[79:94].isdigit():
        refuse(Code.FIELD, at)
    found = Entry(
        transaction_code=code,
        routing=routing,
        account=line[12:29].rstrip(),
        amount=_number(line[29:39], Code.AMOUNT, at),
        identification=line[39:54].rstrip(),
        name=line[54:76].rstrip(),
        discretionary=line[76:78].rstrip(),
        trace=line[79:94],
    )
    return found, line[78] == "1"


def addendum(line: str, at: int) -> str:
    kind = line[1:3]
    if kind not in _ADDENDA_TYPES:
        refuse(Code.ADDENDA_TYPE, at)
    if kind == "99" and not (_RETURN.fullmatch(line[3:6]) and line[3:6] in _RETURNS):
        refuse(Code.RETURN_CODE, at)
    if kind == "98" and not (_CHANGE.fullmatch(line[3:6]) and line[3:6] in _CHANGES):
        refuse(Code.CHANGE_CODE, at)
    return line


def with_addenda(found: Entry, addenda: tuple[str, ...]) -> Entry:
    return msgspec.structs.replace(found, addenda=addenda)


def check_batch(batch: Batch, at: int) -> None:
    """What one batch must be as a whole."""
    last = ""
    for each in batch.entries:
        back = bool(each.returned or each.changed)
        fault = _direction(batch, each, back=back) or _amount(each, back=back) or _addenda(batch, each, back=back)
        if fault is None and each.trace <= last:
            fault = Code.TRACE_ORDER
        if fault is None and each.trace[:8] != batch.origin and not back:
            fault = Code.TRACE_ORIGIN
        if fault is not None:
            refuse(fault, at)
        last = each.trace


def _direction(batch: Batch, each: Entry, *, back: bool) -> Code | None:
    one_way = _ONE_WAY[batch.service_class]
    wrong = one_way is not None and each.debit is not one_way
    owed = batch.class_code in _DEBITS_ONLY and not (each.debit or back or batch.description == REVERSAL)
    return Code.DIRECTION if wrong or owed else None


def _amount(each: Entry, *, back: bool) -> Code | None:
    """Prenotes and remittance data move nothing; everything else moves something."""
    kind = each.transaction_code % 10
    missing = each.amount == 0 and not back and kind not in _AMOUNTLESS | {1, 6}
    return Code.AMOUNT if missing or (each.amount and kind in {3, 8}) else None


def _addenda(batch: Batch, each: Entry, *, back: bool) -> Code | None:
    if (batch.class_code == "COR") is not bool(each.changed):
        return Code.ADDENDA_TYPE
    if batch.class_code in _WITHOUT_ADDENDA and each.addenda and not back:
        return Code.ADDENDA_COUNT
    count_max = 1 if batch.class_code in _ONE_ADDENDUM else ADDENDA_MAX
    return Code.ADDENDA_COUNT if len(each.addenda) > count_max else None


def check_batch_control(line: str, at: int, header: dict[str, Any], totals: Totals) -> str:
    if _number(line[1:4], Code.BATCH_CONTROL, at) != header["service_class"]:
        refuse(Code.SERVICE_CLASS, at)
    if line[44:54].strip() != header["company_id"].strip() or line[79:87] != header["origin"]:
        refuse(Code.BATCH_CONTROL, at)
    if _number(line[87:94], Code.BATCH_NUMBER, at) != header["number"]:
        refuse(Code.BATCH_NUMBER, at)
    stated = Totals(
        _number(line[4:10], Code.BATCH_COUNT, at), _number(line[10:20], Code.BATCH_HASH, at),
        _number(line[20:32], Code.BATCH_DEBITS, at), _number(line[32:44], Code.BATCH_CREDITS, at),
    )  # fmt: skip
    _compare(stated, totals, (Code.BATCH_COUNT, Code.BATCH_HASH, Code.BATCH_DEBITS, Code.BATCH_CREDITS), at)
    return line[54:73].rstrip()


def check_file_control(line: str, at: int, batches: Sequence[Batch], totals: Totals, lines: int) -> None:
    if _number(line[1:7], Code.FILE_BATCHES, at) != len(batches):
        refuse(Code.FILE_BATCHES, at)
    if _number(line[7:13], Code.FILE_BLOCKS, at) != -(-lines // BLOCK):
        refuse(Code.FILE_BLOCKS, at)
    stated = Totals(
        _number(line[13:21], Code.FILE_COUNT, at), _number(line[21:31], Code.FILE_HASH, at),
        _number(line[31:43], Code.FILE_DEBITS, at), _number(line[43:55], Code.FILE_CREDITS, at),
    )  # fmt: skip
    _compare(stated, totals, (Code.FILE_COUNT, Code.FILE_HASH, Code.FILE_DEBITS, Code.FILE_CREDITS), at)


def _compare(stated: Totals, counted: Totals, codes: Sequence[Code], at: int) -> None:
    for left, right, code in zip(stated, counted, codes, strict=True):
        if left != right:
            refuse(code, at)


def _left(text: str, width: int) -> str:
    """A field of letters: filled with spaces, never cut."""
    if len(text) > width or not text.isascii() or (text and not text.isprintable()):
        refuse(Code.FIELD, 0)
    return text.ljust(width)


def _right(number: int, width: int) -> str:
    text = str(number)
    if number < 0 or len(text) > width:
        refuse(Code.NUMBER, 0)
    return text.rjust(width, "0")


def _point(text: str) -> str:
    """Ten characters, a bank's nine digits behind a space."""
    return text.rjust(10) if len(text) < 10 else _left(text, 10)


def write_file_header(file: File) -> str:
    return (
        f"101{_point(file.destination)}{_point(file.origin)}{_left(file.created, 6)}{_left(file.time, 4)}{file.modifier}"
        f"094101{_left(file.destination_name, 23)}{_left(file.origin_name, 23)}{_left(file.reference, 8)}"
    )


def write_batch_header(batch: Batch) -> str:
    return (
        f"5{batch.service_class}{_left(batch.company, 16)}{_left(batch.discretionary, 20)}{_left(batch.company_id, 10)}"
        f"{batch.class_code}{_left(batch.description, 10)}{_left(batch.descriptive_date, 6)}{_left(batch.effective, 6)}"
        f"{_left(batch.settlement, 3)}{batch.originator_status}{batch.origin}{_right(batch.number, 7)}"
    )


def write_entry(each: Entry) -> str:
    return (
        f"6{each.transaction_code}{each.routing}{_left(each.account, 17)}{_right(each.amount, 10)}"
        f"{_left(each.identification, 15)}{_left(each.name, 22)}{_left(each.discretionary, 2)}"
        f"{int(bool(each.addenda))}{each.trace}"
    )


def write_batch_control(batch: Batch, totals: Totals) -> str:
    return (
        f"8{batch.service_class}{_right(totals.records, 6)}{_right(totals.hashed, 10)}{_right(totals.debits, 12)}"
        f"{_right(totals.credits, 12)}{_left(batch.company_id, 10)}{_left(batch.message_authentication, 19)}{'':6}"
        f"{batch.origin}{_right(batch.number, 7)}"
    )


def write_file_control(batches: int, blocks: int, totals: Totals) -> str:
    return (
        f"9{_right(batches, 6)}{_right(blocks, 6)}{_right(totals.records, 8)}{_right(totals.hashed, 10)}"
        f"{_right(totals.debits, 12)}{_right(totals.credits, 12)}"
    ).ljust(LENGTH)
