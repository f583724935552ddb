"""NACHA files: records of 94 characters, batches with their controls, padded to blocks of ten lines.

PPD and CCD are written; every entry class that shares their layout is read. International (IAT) and accounting advice
(ADV) files have layouts of their own and are refused by name. A file's counts, sums and hashes are computed again: one
that states others is refused with the line that says so.
"""

from collections.abc import Iterator, Sequence
from typing import NoReturn

from customer_stack.payments.formats import nacha_records as records
from customer_stack.payments.formats.nacha_records import BLOCK, Totals, refuse
from customer_stack.payments.model.nacha import Batch, Code, Entry, File

SIZE_MAX = 64 * 1024 * 1024
WRITTEN = frozenset({"PPD", "CCD"})


class _Reader:
    """Walks the records; what may follow is decided by what is open."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._at = 0

    def file(self) -> File:
        if self._peek() != "1":
            self._refuse(Code.FILE_HEADER)
        header = records.file_header(self._take(), self._at)
        batches: list[Batch] = []
        totals = Totals()
        while self._peek() == "5":
            batch, counted = self._batch()
            batches.append(batch)
            totals = totals.plus(counted)
        if self._peek() != "9" or self._ended():
            self._refuse(Code.FILE_CONTROL if self._peek() in {"9", ""} else Code.ORDER)
        control = self._take()
        records.check_file_control(control, self._at, batches, totals, self._at)
        self._padding()
        return File(**header, batches=tuple(batches))

    def _batch(self) -> tuple[Batch, Totals]:
        fields = records.batch_header(self._take(), self._at)
        entries: list[Entry] = []
        while self._peek() == "6":
            entries.append(self._entry())
        if not entries:
            self._refuse(Code.EMPTY_BATCH)
        if self._peek() != "8":
            self._refuse(Code.BATCH_CONTROL if self._peek() in {"", "9"} else Code.ORDER)
        totals = Totals.of(entries)
        line = self._take()
        authentication = records.check_batch_control(line, self._at, fields, totals)
        batch = Batch(**fields, message_authentication=authentication, entries=tuple(entries))
        records.check_batch(batch, self._at)
        return batch, totals

    def _entry(self) -> Entry:
        entry, has_addenda = records.entry(self._take(), self._at)
        addenda = []
        while self._peek() == "7":
            addenda.append(records.addendum(self._take(), self._at))
        if bool(addenda) != has_addenda:
            self._refuse(Code.ADDENDA_INDICATOR)
        return records.with_addenda(entry, tuple(addenda))

    def _ended(self) -> bool:
        return self._lines[self._at].strip("9") == "" if self._at < len(self._lines) else True

    def _padding(self) -> None:
        while self._at < len(self._lines):
            line = self._take()
            if line.strip("9"):
                refuse(Code.PADDING, self._at)

    def _peek(self) -> str:
        return self._lines[self._at][0] if self._at < len(self._lines) else ""

    def _take(self) -> str:
        self._at += 1
        return self._lines[self._at - 1]

    def _refuse(self, code: Code) -> NoReturn:
        refuse(code, self._at + 1)


def read(data: bytes) -> File:
    if len(data) > SIZE_MAX:
        refuse(Code.TOO_LARGE, 1)
    return _Reader(_lines(data)).file()


def _lines(data: bytes) -> list[str]:
    """Lines of 94; shorter ones had their spaces cut off, longer ones got spaces. A file without line ends is cut."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        refuse(Code.CHARACTERS, _bad_line(data))
    if "\n" not in text.strip("\r\n") and "\r" not in text.strip("\r\n") and len(text.strip()) > records.LENGTH:
        body = text.strip("\r\n")
        found = [body[start : start + records.LENGTH] for start in range(0, len(body), records.LENGTH)]
    else:
        found = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while found and not found[-1].strip():
        found.pop()
    return [_line(line, number) for number, line in enumerate(found, start=1)]


def _bad_line(data: bytes) -> int:
    place = next(index for index, byte in enumerate(data) if byte > 0x7F)
    return data.count(b"\n", 0, place) + 1


def _line(line: str, number: int) -> str:
    if not line or not line.isprintable():
        refuse(Code.CHARACTERS if line else Code.RECORD_TYPE, number)
    if len(line) > records.LENGTH and line[records.LENGTH :].strip():
        refuse(Code.LINE_LENGTH, number)
    padded = line[: records.LENGTH].ljust(records.LENGTH)
    if padded[0] not in "156789":
        refuse(Code.RECORD_TYPE, number)
    return padded


def write(file: File) -> bytes:
    """The same file for the same content, to the byte. Read again before it is given out: what we write we accept."""
    for batch in file.batches:
        if batch.class_code not in WRITTEN:
            refuse(Code.CLASS_CODE, 0)
    data = same(file)
    read(data)
    return data


def same(file: File) -> bytes:
    """Any file that was read, written again: classes that we do not make ourselves included."""
    lines = [records.write_file_header(file)]
    totals = Totals()
    for batch in file.batches:
        lines += _written(batch)
        totals = totals.plus(Totals.of(batch.entries))
    blocks = -(-(len(lines) + 1) // BLOCK)
    lines.append(records.write_file_control(len(file.batches), blocks, totals))
    lines += ["9" * records.LENGTH] * (blocks * BLOCK - len(lines))
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _written(batch: Batch) -> Iterator[str]:
    yield records.write_batch_header(batch)
    for entry in batch.entries:
        yield records.write_entry(entry)
        yield from entry.addenda
    yield records.write_batch_control(batch, Totals.of(batch.entries))
