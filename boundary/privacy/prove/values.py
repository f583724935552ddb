"""P05: every row of every table, column by column, against what its type may hold and what chance would make of it.

The server does the work in one statement per table, one more per column of references. A pattern that chance makes
less than once in a hundred million values is a finding by itself; one that chance makes oftener is counted, and more of
them than chance explains is a finding. Columns that hold records are read and decoded, one by one.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from boundary.kernel import canonical, errors
from boundary.privacy import closed_types, scan
from boundary.privacy.prove import chance, packed, record_types, report, subject
from boundary.wire import frame, messages

COUNTER_MAX = 10**10
"""More rows than one cluster holds. A telephone number with its country code is larger."""
WIDE = frozenset({"audit_era.cluster"})
"""The number of the database cluster, which PostgreSQL draws: 64 bits."""
MICROS = frozenset({"channel_heads.at_micros", "channel_heads.audit_at"})
"""Times in microseconds, as they stand in what was signed."""
MICROS_2020, MICROS_2200 = 1_577_836_800_000_000, 7_258_118_400_000_000
SMALL = {
    "intent.position": 1999,
    "clob_order.position": 1999,
    "clob_command.position": 1999,
    "clob_command.count": 2000,
    "clob_order.reason": 63,
    "clob_book.day_ends": 86_399,
    "channel_outbox.count": 2000,
    "channel_sent.count": 2000,
    "participant.level": 100,
}
CHUNK = 5000

_ALNUM = "(?:3[0-9]|[46][1-9a-f]|[57][0-9a]|20|2e|2d|27)"  # letters, digits, space, dot, dash, apostrophe
_LETTER = "(?:[46][1-9a-f]|[57][0-9a]|20)"
_RUN = "|".join(f"{digit}{{%d}}" for digit in "0123456789abcdef")
_REF = {
    "ref-version": "uuid_extract_version(v) IS DISTINCT FROM 4",
    "ref-low-entropy": f"h ~ '{_RUN.replace('%d', '9')}'",
    "ref-text": f"h ~ '^{_ALNUM}{{6}}4.{_ALNUM}..{_ALNUM}{{7}}$'",
}
_REF_COUNTED = {"ref-digits": ("h !~ '[a-f]'", 0.5 * 0.625**30)}
_BYTES_TEXT = f"^(?:[0-9a-f]{{2}})*(?:(?:3[0-9]){{8}}|{_LETTER}{{14}})"
_BYTES_RUN = _RUN.replace("%d", "12")
_DECODED_TEXT = re.compile(rb"[A-Za-z ]{16}|[0-9]{8}")

_COLUMNS = """
SELECT c.relname::text AS table, a.attname::text AS column, t.typname::text AS type,
  coalesce(pg_get_expr(d.adbin, d.adrelid), '') AS fallback
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm') AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum"""


class Column(NamedTuple):
    table: str
    name: str
    type: str
    fallback: str

    @property
    def place(self) -> str:
        return f"{self.table}.{self.name}"


async def scan_all(about: subject.Subject) -> report.Found:
    columns = [Column(*row) for row in await about.connection.fetch(_COLUMNS)]
    tables: dict[str, list[Column]] = {}
    for column in columns:
        tables.setdefault(column.table, []).append(column)
    findings: list[report.Finding] = []
    rows = values = 0
    for number, (table, of) in enumerate(sorted(tables.items())):
        about.progress("values", number, len(tables))
        found, count = await _table(about, table, of)
        findings += found
        rows += count
        values += count * len(of)
    about.progress("values", len(tables), len(tables))
    return report.Found(findings, {"tables": len(tables), "rows": rows, "values": values})


async def _table(about: subject.Subject, table: str, columns: Sequence[Column]) -> tuple[list[report.Finding], int]:
    tests = [(column, code, test) for column in columns for code, test in _plain_tests(column)]
    counted = "".join(f", count(*) FILTER (WHERE {test})" for _, _, test in tests)
    row = (await about.connection.fetch(f'SELECT count(*){counted} FROM public."{table}"'))[0]  # noqa: S608 -- names from the catalogue
    findings = [
        report.Finding(code, f"{column.place} ({hits})")
        for (column, code, _), hits in zip(tests, tuple(row.values())[1:], strict=True)
        if hits
    ]
    for column in columns:
        if column.type == "ref":
            findings += await _references(about, column)
        elif column.type == "code":
            findings += await _codes(about, column)
        elif column.type == "coded" and (column.table, column.name) in closed_types.CODED_COLUMNS:
            findings += await _records(about, column)
    return findings, row[0]


def _number(place: str, name: str) -> tuple[str, str]:
    if place in MICROS:
        return "time-out-of-range", f"{name} NOT BETWEEN {MICROS_2020} AND {MICROS_2200}"
    if place in WIDE:
        return "number-out-of-bounds", f"{name} < 0"
    return "number-out-of-bounds", f"{name} NOT BETWEEN 0 AND {SMALL.get(place, COUNTER_MAX)}"


def _plain_tests(column: Column) -> list[tuple[str, str]]:
    """Code and condition of what one pass over the table can count."""
    name = f'"{column.name}"'
    match column.type:
        case "counter":
            return [_number(column.place, name)]
        case "amount" | "ticks" | "lots":
            return [("number-out-of-bounds", f"{name} NOT BETWEEN 0 AND {10**18}")]
        case "moment":
            late = f" OR {name} > clock_timestamp() + interval '1 day'" if column.fallback == "now()" else ""
            return [("time-out-of-range", f"{name} < '2020-01-01Z' OR {name} >= '2200-01-01Z'{late}")]
        case "hash32" | "signature64" | "signature65" | "address20":
            digits = f"encode({name}, 'hex')"
            zeros = f"{name} IS DISTINCT FROM decode(repeat('00', 32), 'hex')"
            size = int(re.sub(r"\D", "", column.type))
            return [
                ("bytes-size", f"octet_length({name}) <> {size}"),
                ("bytes-text", f"{digits} ~ '{_BYTES_TEXT}'"),
                ("bytes-low-entropy", f"{zeros} AND {digits} ~ '{_BYTES_RUN}'"),
            ]
        case "xid8":
            return [("transaction-from-the-future", f"{name} >= pg_snapshot_xmax(pg_current_snapshot())")]
        case "coded":
            return [("bytes-size", f"octet_length({name}) NOT BETWEEN 1 AND 262144")]
        case _:
            return []


async def _references(about: subject.Subject, column: Column) -> list[report.Finding]:
    """Each value once: what stands in many rows is no more improbable for it."""
    tests = [*_REF.values(), *(test for test, _ in _REF_COUNTED.values())]
    counted = "".join(f", count(*) FILTER (WHERE {test})" for test in tests)
    row = (
        await about.connection.fetch(
            f"SELECT count(*){counted} FROM (SELECT v, translate(v::text, '-', '') AS h FROM"  # noqa: S608 -- as above
            f' (SELECT DISTINCT "{column.name}"::uuid AS v FROM public."{column.table}") d WHERE v IS NOT NULL) x'
        )
    )[0]
    count, *hits = tuple(row.values())
    found = [
        report.Finding(code, f"{column.place} ({hit})")
        for code, hit in zip(_REF, hits[: len(_REF)], strict=True)
        if hit
    ]
    for (code, (_, probability)), hit in zip(_REF_COUNTED.items(), hits[len(_REF) :], strict=True):
        if chance.at_least(hit, count * probability) < chance.P_MIN:
            found.append(report.Finding(code, f"{column.place} ({hit})"))
    return found


async def _codes(about: subject.Subject, column: Column) -> list[report.Finding]:
    rows = await about.connection.fetch(f'SELECT DISTINCT "{column.name}"::text FROM public."{column.table}"')  # noqa: S608 -- as above
    hits = sum(not scan.clean({"code": row[0]}) for row in rows)
    return [report.Finding("code-personal", f"{column.place} ({hits})")] if hits else []


async def _records(about: subject.Subject, column: Column) -> list[report.Finding]:
    """Every value decodes strictly to what its column may hold and encodes to the same bytes again."""
    kind = closed_types.CODED_COLUMNS[column.table, column.name]
    judge = _judge_of(about, kind)
    count = "count" if kind == "messages" else "1"
    bad: dict[str, int] = {}
    cursor = await about.connection.cursor(
        f'SELECT "{column.name}"::bytea, {count}::bigint FROM public."{column.table}" WHERE "{column.name}" IS NOT NULL'  # noqa: S608 -- as above
    )
    while rows := await cursor.fetch(CHUNK):
        for row in rows:
            if code := judge(row[0], row[1], column.table):
                bad[code] = bad.get(code, 0) + 1
    return [report.Finding(code, f"{column.place} ({hits})") for code, hits in bad.items()]


Judge = Callable[[bytes, int, str], str]


def _judge_of(about: subject.Subject, kind: str) -> Judge:
    if kind == "messages":
        direction = frame.Direction.TO_CUSTOMER if about.execution else frame.Direction.TO_EXECUTION
        return lambda data, count, table: _messages(data, count, table, direction)
    if kind in packed.JUDGES:
        fits = packed.JUDGES[kind]
        return lambda data, _count, _table: "" if fits(data) else "record-unregistered"
    union = record_types.union(about.manifest.records, kind)
    return lambda data, _count, _table: _record(data, union)


def _record(data: bytes, union: Any) -> str:
    if union is None:
        return "record-unregistered"
    try:
        record = canonical.unpack(data, union)
    except errors.Invalid:
        return "record-unregistered"
    return "record-text" if any(_is_texty(getattr(record, name)) for name in record.__struct_fields__) else ""


def _is_texty(value: object) -> bool:
    return isinstance(value, bytes) and _DECODED_TEXT.search(value) is not None


def _messages(data: bytes, count: int, table: str, direction: frame.Direction) -> str:
    try:
        body = data if table == "channel_sent" else messages.array(count) + data
        found = messages.decode_body(body, direction)
    except (errors.Invalid, ValueError):
        return "message-unregistered"
    if len(found) != count:
        return "message-unregistered"
    return "message-text" if _DECODED_TEXT.search(data) else ""


CHECKS = (
    subject.Check(
        "P05",
        "value scan",
        "Every value of every row is what its type may hold, and no reference, hash or number is shaped like text or a"
        " number that somebody chose.",
        scan_all,
        execution_only=True,
    ),
)
