"""P19: the seven threats of LINDDUN for each flow of data, and which check is the evidence against each.

A cell names checks, or says in words why what remains remains. The table is complete when every check it names has
passed in this half; it promises nothing beyond them.
"""

from collections.abc import Mapping

from boundary.privacy.prove import report

THREATS = ("linking", "identifying", "non-repudiation", "detecting", "data disclosure", "unawareness", "non-compliance")

_REMAINS = {
    "linking": "a reference is a pseudonym: intents of one participant are linkable by design",
    "non-repudiation": "wanted here: both sides keep what was said",
    "unawareness": "the customer stack's business: notices and consents stand there",
}

FLOWS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "messages to the execution stack": {
        "linking": ("P06",),
        "identifying": ("P08", "P09"),
        "detecting": ("P08",),
        "data disclosure": ("P09", "P04"),
        "non-compliance": ("P12",),
    },
    "messages to the customer stack": {
        "linking": ("P06",),
        "identifying": ("P08", "P09"),
        "detecting": ("P08",),
        "data disclosure": ("P09", "P04"),
        "non-compliance": ("P12",),
    },
    "rows of the execution database": {
        "linking": ("P06",),
        "identifying": ("P01", "P02", "P05"),
        "detecting": ("P02",),
        "data disclosure": ("P03", "P04"),
        "non-compliance": ("P01", "P03"),
    },
    "logs and metrics": {
        "linking": ("P13",),
        "identifying": ("P13",),
        "detecting": ("P13",),
        "data disclosure": ("P13",),
        "non-compliance": ("P13",),
    },
    "audit log": {
        "linking": ("P06",),
        "identifying": ("P08",),
        "detecting": ("P04",),
        "data disclosure": ("P04",),
        "non-compliance": ("P12",),
    },
}


def table(results: tuple[report.Result, ...]) -> report.Result:
    """The table over what has run; a cell whose evidence failed or is missing is named."""
    outcomes = {result.check: result.outcome for result in results}
    lines = [f"| flow | {' | '.join(THREATS)} |", "|---" * (len(THREATS) + 1) + "|"]
    weak: list[report.Finding] = []
    missing = False
    for flow, cells in FLOWS.items():
        line = []
        for threat in THREATS:
            evidence = cells.get(threat, ())
            line.append(", ".join(evidence) or f"remains: {_REMAINS[threat]}")
            said = [outcomes.get(check, report.Outcome.NOT_RUN) for check in evidence]
            missing = missing or report.Outcome.NOT_RUN in said
            weak += [report.Finding("evidence-failed", f"{flow}: {threat}")] if report.Outcome.FAILED in said else []
        lines.append(f"| {flow} | {' | '.join(line)} |")
    found = report.Found(weak, {"flows": len(FLOWS), "cells": len(FLOWS) * len(THREATS)}, "\n".join(lines), not missing)
    return report.result(
        "P19",
        "LINDDUN table",
        "For every flow of data and each of the seven privacy threats, which check is the evidence, or what remains.",
        found,
    )
