"""Lists and names from the operator's disk, packed with gzip or not, never more of a file than a list may hold."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from customer_stack.screening import model
from customer_stack.screening.formats import xml_records

NAMES_MAX = 64 * 1024 * 1024
_SUFFIXES = frozenset((".csv", ".xml", ".json", ".jsonl", ".ndjson"))


class Disk:
    """`ports.Files`."""

    def lists(self, paths: Sequence[Path]) -> tuple[model.ListFile, ...]:
        return tuple(
            model.ListFile(path.name.removesuffix(".gz"), _read(path, xml_records.SIZE_MAX))
            for named in paths
            for path in _files(named)
        )

    def rows(self, path: Path, *needed: str) -> list[dict[str, str]]:
        try:
            text = _read(path, NAMES_MAX).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise model.BadQuery(f"{path.name} is not UTF-8") from None
        try:
            header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        except (csv.Error, ValueError):
            raise model.BadQuery(f"{path.name} is no CSV with a header") from None
        columns = [column.strip().lower() for column in header]
        if missing := [column for column in needed if column not in columns]:
            raise model.BadQuery(f"{path.name} has no column {', '.join(missing)}")
        if wrong := [number for number, row in enumerate(rows, start=2) if row and len(row) != len(columns)]:
            raise model.BadQuery(f"{path.name}, row {wrong[0]}: not as many cells as columns")
        return [dict(zip(columns, row, strict=True)) for row in rows if row]


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for inside in sorted(path.iterdir()):
        plain = inside.with_suffix("") if inside.suffix == ".gz" else inside
        if inside.is_file() and plain.suffix in _SUFFIXES:
            yield inside


def _read(path: Path, size_max: int) -> bytes:
    """Unpacking stops where reading would: a file that grows without end when unpacked is refused like a large one."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            data = file.read(size_max + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise model.ListRefused(model.Reason.TRUNCATED, f"{path.name} cannot be unpacked to its end") from None
    if len(data) > size_max:
        raise model.ListRefused(model.Reason.TOO_LARGE, f"{path.name} is larger than {size_max >> 20} MiB")
    return data
