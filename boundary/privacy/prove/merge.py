"""Puts two signed halves together: signed by whom it must be, about the same channels, at the same heads.

The keys are arguments; nothing that the halves bring is believed before their signatures verify. One may stand
behind the other, since the halves are made one after the other, but only at a core that the other half names.
"""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from boundary.kernel import errors, primitives
from boundary.privacy.prove import report

HOURS_MAX = 24


class BadHalf(errors.Invalid):
    """A half that is not what it must be; nothing is merged."""

    code = "half_refused"


class Half(NamedTuple):
    report: report.Report
    digest: str


def load(folder: Path, part: str, public_key: bytes) -> Half:
    """A half, if this key signed it."""
    try:
        data = (folder / "report.json").read_bytes()
        signature = bytes.fromhex((folder / "report.sig").read_text("ascii").strip())
    except (OSError, ValueError):
        raise BadHalf(f"the {part} half has no readable report.json and report.sig") from None
    if not primitives.ed25519_matches(public_key, report.DOMAIN + data, signature):
        raise BadHalf(f"the {part} half is not signed by the key that was given for it, or was changed since")
    try:
        found = report.decode(data)
    except msgspec.MsgspecError:
        raise BadHalf(f"the {part} half is not a report of this release") from None
    if found.format != report.FORMAT or found.part != part:
        raise BadHalf(f"what was given as the {part} half is the report of another part")
    if found.verdict is not report.verdict(found.results):
        raise BadHalf(f"the {part} half does not say what its own checks say")
    return Half(found, primitives.sha256(data).hex())


def merge(execution: Half, customer: Half, now: datetime) -> report.Report:
    """One report over both halves; each check keeps the worse of its two outcomes."""
    agreement = report.result(
        "P00",
        "both halves are about the same channels",
        "Of every channel of the customer half, both directions stand at the same epoch, sequence and head on both sides.",
        _agreement(execution.report, customer.report),
    )
    halves = (execution.report, customer.report)
    results = (agreement, *(_prefixed(half, each) for half in halves for each in half.results))
    worst = report.verdict((agreement,))
    for half in halves:
        worst = max(worst, half.verdict, key=_SEVERITY.index)
    return report.Report(
        format=report.FORMAT,
        part="merged",
        made_at=now.isoformat(timespec="seconds"),
        release=execution.report.release,
        verdict=worst,
        results=results,
        heads=(*execution.report.heads, *customer.report.heads),
        halves={"execution": execution.digest, "customer": customer.digest},
    )


_SEVERITY = [report.Verdict.PASSED, report.Verdict.INCOMPLETE, report.Verdict.FINDINGS, report.Verdict.VOID]


def _prefixed(half: report.Report, result: report.Result) -> report.Result:
    return msgspec.structs.replace(result, title=f"{half.part}: {result.title}")


def _agreement(execution: report.Report, customer: report.Report) -> report.Found:
    theirs = {(each.channel, each.direction): each for each in execution.heads}
    findings = []
    behind = 0
    for each in customer.heads:
        place = f"channel {each.channel} {each.direction}"
        other = theirs.get((each.channel, each.direction))
        if other is None or {each.role, other.role} != {"sender", "receiver"}:
            findings.append(report.Finding("channel-unknown", place))
            continue
        if not _meet(each, other):
            findings.append(report.Finding("heads-differ", place))
        behind += abs(each.sequence - other.sequence)
    if not customer.heads:
        findings.append(report.Finding("channel-unknown", "the customer half speaks of no channel"))
    apart = abs(datetime.fromisoformat(execution.made_at) - datetime.fromisoformat(customer.made_at))
    if apart.total_seconds() > HOURS_MAX * 3600:
        findings.append(report.Finding("halves-far-apart", f"more than {HOURS_MAX} hours"))
    figures: dict[str, int | str] = {"directions compared": len(customer.heads), "cores between the halves": behind}
    return report.Found(findings, figures)


def _meet(one: report.Head, other: report.Head) -> bool:
    """Whether both speak of one history. The halves are made one after the other, so either may be further: then it
    must know the core at which the one behind stands.
    """
    behind, further = sorted((one, other), key=lambda head: head.sequence)
    if behind.epoch != further.epoch:
        return False
    if behind.sequence == further.sequence:
        return behind.head == further.head
    known = further.recent
    starts = behind.sequence == 0 or known.get(str(behind.sequence)) == behind.head
    return starts and known.get(str(further.sequence)) == further.head
