"""A report: what each check says it proves, what it found, and the bytes that are signed.

The JSON is canonical and is what the signature covers; the Markdown is made from it and names its hash.
"""

import enum
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from boundary.kernel import canonical, primitives

FORMAT = "wall-report/1"
DOMAIN = b"wall-report/1\0"
FINDINGS_MAX = 200


class Outcome(enum.StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"
    NOT_APPLICABLE = "not applicable"


class Verdict(enum.StrEnum):
    PASSED = "passed"
    FINDINGS = "findings"
    INCOMPLETE = "incomplete"
    VOID = "void"


EXIT = {Verdict.PASSED: 0, Verdict.FINDINGS: 1, Verdict.INCOMPLETE: 2, Verdict.VOID: 2}


class Finding(msgspec.Struct, frozen=True, order=True):
    code: str
    place: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of one check."""

    check: str
    title: str
    proves: str
    outcome: Outcome
    figures: dict[str, int | str] = {}
    findings: tuple[Finding, ...] = ()
    note: str = ""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """How far one direction of a channel has come on one side, and the cores just before."""

    channel: str
    direction: str
    role: str
    epoch: int
    sequence: int
    head: str
    recent: dict[str, str] = {}
    """Sequence -> core hash: where a half that is a little behind must stand."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    format: str
    part: str
    made_at: str
    release: str
    verdict: Verdict
    results: tuple[Result, ...]
    heads: tuple[Head, ...] = ()
    halves: dict[str, str] = {}
    """In a merged report: part -> SHA-256 of its JSON."""


class Found(NamedTuple):
    """What the body of a check hands back."""

    findings: list[Finding]
    figures: dict[str, int | str]
    note: str = ""
    complete: bool = True


def verdict(results: tuple[Result, ...]) -> Verdict:
    """A self-test that missed something, or never ran, leaves nothing to believe; a finding outweighs an omission."""
    outcomes = {result.check: result.outcome for result in results}
    if outcomes.get("P20") is Outcome.FAILED:
        return Verdict.VOID
    if Outcome.FAILED in outcomes.values():
        return Verdict.FINDINGS
    if outcomes.get("P20") is Outcome.NOT_RUN:
        return Verdict.VOID
    return Verdict.INCOMPLETE if Outcome.NOT_RUN in outcomes.values() else Verdict.PASSED


def encode(report: Report) -> bytes:
    return canonical.json_bytes(msgspec.to_builtins(report))


def decode(data: bytes) -> Report:
    return msgspec.json.decode(data, type=Report)


def write(report: Report, folder: Path, seed: bytes) -> str:
    """The three files of a report; the SHA-256 of its JSON."""
    data = encode(report)
    digest = primitives.sha256(data).hex()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_bytes(data)
    (folder / "report.sig").write_text(primitives.ed25519_sign(seed, DOMAIN + data).hex() + "\n", "ascii")
    (folder / "report.md").write_text(markdown(report, digest), "utf-8")
    return digest


def markdown(report: Report, digest: str) -> str:
    """For people: a line for each check, then what each proves and found."""
    lines = [
        f"# Wall report: {report.part}",
        "",
        f"**{report.verdict.value.upper()}** · made {report.made_at} · release {report.release}",
        "",
        *_reading(report.verdict),
        "| check | title | result | findings |",
        "|---|---|---|---|",
        *(f"| {each.check} | {each.title} | {each.outcome.value} | {_count(each)} |" for each in report.results),
        "",
    ]
    for each in report.results:
        lines += _section(each)
    lines += [f"* {part}: report.json with SHA-256 `{found}`" for part, found in sorted(report.halves.items())]
    lines += ["", f"The signature covers `report.json`, whose SHA-256 is `{digest}`. This page is made from it."]
    return "\n".join(lines) + "\n"


def _reading(found: Verdict) -> list[str]:
    match found:
        case Verdict.VOID:
            return ["The self-test did not find every planted violation, or did not run: nothing below counts.", ""]
        case Verdict.INCOMPLETE:
            return ["Some checks did not run. What ran has passed; the report does not stand for the rest.", ""]
        case _:
            return []


def _count(result: Result) -> str:
    return str(result.figures.get("findings", len(result.findings)))


def _section(result: Result) -> list[str]:
    lines = [f"## {result.check} {result.title}: {result.outcome.value}", "", result.proves, ""]
    if result.note:
        lines += [result.note, ""]
    lines += [f"* {name}: {value}" for name, value in sorted(result.figures.items())]
    lines += [f"* **{finding.code}** at `{finding.place}`" for finding in result.findings]
    return [*lines, ""]


def result(number: str, title: str, proves: str, found: Found) -> Result:
    """A check's answer from what its body handed back."""
    findings = sorted(set(found.findings))
    figures: dict[str, Any] = {**found.figures, "findings": len(findings)}
    outcome = Outcome.FAILED if findings else Outcome.PASSED if found.complete else Outcome.NOT_RUN
    return Result(
        check=number,
        title=title,
        proves=proves,
        outcome=outcome,
        figures=figures,
        findings=tuple(findings[:FINDINGS_MAX]),
        note=found.note,
    )
