"""`customer-stack screening match|pairs|bench`: the matching core from files to CSV, without settings or a database."""

import csv
import re
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from boundary.kernel.runtime import commands
from customer_stack.screening import model, ports
from customer_stack.screening.service import matching

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_PATH = click.Path(path_type=Path, exists=True)
_KINDS = {
    "person": model.Kind.PERSON, "individual": model.Kind.PERSON,
    "organisation": model.Kind.ORGANISATION, "organization": model.Kind.ORGANISATION,
    "company": model.Kind.ORGANISATION, "entity": model.Kind.ORGANISATION,
    "vessel": model.Kind.VESSEL, "ship": model.Kind.VESSEL, "aircraft": model.Kind.AIRCRAFT,
}  # fmt: skip
_THRESHOLD, _LIMIT = "0.3", 10
_BENCH_NAMES = 2_000
_SECOND = 1_000_000_000
_SHARE = re.compile(r"([01])(?:\.([0-9]{1,6}))?")


def add(main: click.Group, files: ports.Files) -> click.Group:
    """Add the group to the stack's commands; what is added here needs no setting."""

    @main.group("screening", help="Names against sanctions and PEP lists: load, match, measure, and decide again.")
    def screening() -> None: ...

    _matching(screening, files)
    _pairing(screening, files)
    _measuring(screening, files)
    _inventing(screening)
    return screening


def _matching(screening: click.Group, files: ports.Files) -> None:
    @screening.command("match", help="Write candidates for each name of a CSV file as CSV, best first.")
    @click.option("--names", type=_FILE, required=True, help="CSV: name; id, kind, birth_date, country, identifier")
    @click.option("--lists", "first", type=_PATH, multiple=True, required=True, help="list files or folders of them")
    @click.option("--threshold", default=_THRESHOLD, show_default=True, help="no candidate below this score, 0 to 1")
    @click.option("--limit", type=click.IntRange(1, 32), default=_LIMIT, show_default=True, help="candidates per name")
    @click.option("--decisions", type=click.Path(path_type=Path, dir_okay=False), help="write whole decisions here too")
    @click.argument("more", type=_PATH, nargs=-1)
    @commands.one_line
    def match(
        names: Path, first: Sequence[Path], more: Sequence[Path], threshold: str, limit: int, decisions: Path | None
    ) -> None:
        lowest = _millionths(threshold)
        queries = [(row, _query(row)) for row in files.rows(names, "name")]
        lists = matching.read_lists(files.lists((*first, *more)))
        for each in lists:
            found = each.version
            click.echo(
                f"{found.publisher.value} {found.sha256}: {found.entities} entries, {found.names} names", err=True
            )
        screener = matching.prepare(lists)
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerow(("id", "query", "position", "score", "list", "ref", "kind", "name", "quality", "reasons"))
        kept = []
        for number, (row, query) in enumerate(queries, start=1):
            decision = matching.screen(screener, query, threshold=lowest, limit=limit)
            out.writerows(_rows(row.get("id") or str(number), query, decision))
            kept.append(matching.decision_bytes(decision))
        if decisions is not None:
            decisions.write_bytes(b"".join(len(each).to_bytes(4, "big") + each for each in kept))


def _rows(name: str, query: model.Query, decision: model.Decision) -> list[tuple[str, ...]]:
    return [
        (
            name,
            query.name,
            str(position),
            _decimal(each.score),
            each.publisher.value,
            each.ref,
            each.kind.value,
            each.name,
            each.quality.value,
            "; ".join(map(_reason, each.features)),
        )
        for position, each in enumerate(decision.candidates, start=1)
    ]


def _reason(feature: model.Feature) -> str:
    detail = f" ({feature.detail})" if feature.detail else ""
    return f"{feature.name} {_decimal(feature.value)}{detail}"


def _query(row: dict[str, str]) -> model.Query:
    given = row.get("kind") or row.get("schema") or ""
    try:
        born = date.fromisoformat(text) if (text := row.get("birth_date", "").strip()) else None
    except ValueError:
        raise model.BadQuery("a birth_date is no date: write 1980-12-31") from None
    return model.Query(
        name=row["name"],
        kind=_KINDS.get(given.strip().lower(), model.Kind.UNKNOWN),
        born=born,
        countries=matching.countries(row.get("country", "").split(";")),
        identifiers=tuple(each for text in row.get("identifier", "").split(";") if (each := text.strip())),
    )


def _pairing(screening: click.Group, files: ports.Files) -> None:
    @screening.command("pairs", help="Score the pairs of names in a CSV file with columns left and right, as CSV.")
    @click.argument("file", type=_FILE)
    @commands.one_line
    def pairs(file: Path) -> None:
        rows = files.rows(file, "left", "right")
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerow(("left", "right", "score"))
        for row in rows:
            out.writerow((row["left"], row["right"], _decimal(matching.pair(row["left"], row["right"]))))


def _measuring(screening: click.Group, files: ports.Files) -> None:
    @screening.command("bench", help="Measure loading and matching, on lists or on invented ones of full size.")
    @click.option(
        "--lists", "first", type=_PATH, multiple=True, help="list files or folders; without them, invented ones"
    )
    @click.option("--names", "count", type=click.IntRange(10), default=_BENCH_NAMES, show_default=True)
    @click.argument("more", type=_PATH, nargs=-1)
    @commands.one_line
    def bench(first: Sequence[Path], more: Sequence[Path], count: int) -> None:
        given = files.lists((*first, *more)) if first or more else matching.invented()
        started = time.process_time_ns()
        lists = matching.read_lists(given)
        read = time.process_time_ns()
        screener = matching.prepare(lists)
        ready = time.process_time_ns()
        taken = []
        for query in matching.sample(lists, count):
            before = time.process_time_ns()
            matching.screen(screener, query, threshold=_millionths("0.7"), limit=_LIMIT)
            taken.append(time.process_time_ns() - before)
        taken.sort()
        entities, names = (sum(getattr(each.version, what) for each in lists) for what in ("entities", "names"))
        click.echo(f"lists    {entities} entries, {names} names")
        click.echo(f"load     {_s(ready - started)} of CPU: reading {_s(read - started)}, preparing {_s(ready - read)}")
        click.echo(f"match    {count * _SECOND // sum(taken)} names/s per core")
        click.echo(f"a name   p50 {_ms(taken, 50)}, p99 {_ms(taken, 99)}, longest {_ms(taken, 100)}")


def _inventing(screening: click.Group) -> None:
    @screening.command("invent", help="Write OFAC's and the UN's files about nobody, for demonstrations and measuring.")
    @click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
    @click.option("--ofac", type=click.IntRange(1, 100_000), default=300, show_default=True, help="entries")
    @click.option("--un", type=click.IntRange(1, 100_000), default=600, show_default=True, help="entries")
    @commands.one_line
    def invent(folder: Path, ofac: int, un: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for file in matching.invented(ofac, un):
            (folder / file.name).write_bytes(file.data)
            click.echo(f"{folder / file.name}: {len(file.data)} bytes about nobody")


def _s(nanoseconds: int) -> str:
    return f"{nanoseconds / _SECOND:.2f} s"


def _ms(taken: Sequence[int], percent: int) -> str:
    return f"{taken[min(len(taken) - 1, len(taken) * percent // 100)] / 1_000_000:.2f} ms"


def _millionths(text: str) -> int:
    found = _SHARE.fullmatch(text)
    score = int(found[1] + (found[2] or "").ljust(6, "0")) if found else model.ONE + 1
    if score > model.ONE:
        raise click.BadParameter("a number from 0 to 1, of six decimals at most", param_hint="--threshold")
    return score


def _decimal(score: int) -> str:
    return f"{score // model.ONE}.{score % model.ONE:06}"
