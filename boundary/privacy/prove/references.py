"""P06: where references come from, and whether they are chance.

Every reference in use stands in its register, and none serves two purposes. The battery then asks of the register what
a coin would answer: as many ones as zeros, as many changes as none, every byte as often as every other, in all places
together and in each. A sender who encrypts before choosing passes any such test; only the register stops that one.
"""

import itertools

from boundary.privacy.prove import chance, report, subject

DISTINCT_MIN = 8
"""Of the 14 bytes that chance fills alone, so many differ but in one reference out of hundreds of millions."""
CHUNK = 50_000


async def provenance(about: subject.Subject) -> report.Found:
    findings: list[report.Finding] = []
    figures: dict[str, int | str] = {}
    purposes = about.manifest.purposes
    scoped = {place for place in about.manifest.columns if place.endswith(".channel")}
    for register, *uses in purposes.values():
        for use in uses:
            both = _table(use) + ".channel" in scoped and _table(register) + ".channel" in scoped
            if await _unregistered(about, register, use, both=both):
                findings.append(report.Finding("ref-unregistered", use))
    for one, other in itertools.combinations([places[0] for places in purposes.values()], 2):
        if await _shared(about, one, other):
            findings.append(report.Finding("ref-two-purposes", f"{one} and {other}"))
    if about.execution:
        named = {place for places in purposes.values() for place in places}
        refs = {place for place, type_ in about.manifest.columns.items() if type_ == "ref"}
        findings += [report.Finding("ref-without-purpose", place) for place in sorted(refs - named)]
    for name, (register, *_) in sorted(purposes.items()):
        data = await _all(about, register)
        found, numbers = judge(data, name)
        findings += found
        figures |= numbers
    return report.Found(findings, figures)


def _table(place: str) -> str:
    return place.partition(".")[0]


def _column(place: str) -> str:
    return place.partition(".")[2]


async def _unregistered(about: subject.Subject, register: str, use: str, *, both: bool) -> int:
    """How many different references in use are not registered (on the same channel, where both tables name one)."""
    scope = ", channel::uuid" if both and "channel" not in {_column(register), _column(use)} else ""
    rows = await about.connection.fetch(
        f'SELECT count(*) FROM (SELECT DISTINCT "{_column(use)}"::uuid{scope} FROM public."{_table(use)}"'  # noqa: S608 -- names from the manifest of the release
        f' WHERE "{_column(use)}" IS NOT NULL'
        f' EXCEPT SELECT "{_column(register)}"::uuid{scope} FROM public."{_table(register)}") x'
    )
    return int(rows[0][0])


async def _shared(about: subject.Subject, one: str, other: str) -> int:
    rows = await about.connection.fetch(
        f'SELECT count(*) FROM (SELECT "{_column(one)}"::uuid FROM public."{_table(one)}"'  # noqa: S608 -- as above
        f' INTERSECT SELECT "{_column(other)}"::uuid FROM public."{_table(other)}") x'
    )
    return int(rows[0][0])


async def _all(about: subject.Subject, place: str) -> bytes:
    cursor = await about.connection.cursor(f'SELECT uuid_send("{_column(place)}"::uuid) FROM public."{_table(place)}"')  # noqa: S608 -- as above
    parts = []
    while rows := await cursor.fetch(CHUNK):
        parts.append(b"".join(row[0] for row in rows))
    return b"".join(parts)


def judge(data: bytes, name: str) -> tuple[list[report.Finding], dict[str, int | str]]:
    """The battery over references written one behind the other."""
    count = len(data) // 16
    figures: dict[str, int | str] = {f"{name} references": count}
    low = sum(len(set(data[at : at + 16])) < DISTINCT_MIN for at in range(0, len(data), 16))
    findings = [report.Finding("ref-low-entropy", f"{name} ({low})")] if low else []
    for test, probability in chance.battery(data):
        figures[f"{name} {test}"] = f"p = {probability:.4f}"
        if probability < chance.P_MIN:
            findings.append(report.Finding("ref-not-random", f"{name}: {test}"))
    return findings, figures


CHECKS = (
    subject.Check(
        "P06",
        "provenance of references",
        "Every reference in use was issued here and registered, none serves two purposes, and all look like chance.",
        provenance,
    ),
)
