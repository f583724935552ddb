"""P20: plants each known violation in a scratch database, or in what else a check reads, and expects it to be found.

Every plant lives in a transaction that is rolled back. The checks run as the auditor would run them; they know nothing
of the plants. A check that cries without a plant is as useless as one that stays silent, so the empty scratch database
must have no finding at all.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from boundary.kernel.runtime import transaction
from boundary.privacy.prove import (
    plants,
    process_checks,
    references,
    report,
    schema_checks,
    subject,
    transcripts,
    values,
)

PROVES = "Each planted violation was found by the check that must find it; without this the whole report is void."
CHECKS = {
    check.number: check
    for check in (
        *schema_checks.CHECKS,
        *values.CHECKS,
        *references.CHECKS,
        *transcripts.CHECKS,
        *process_checks.CHECKS,
    )
}
_OF_ROWS = ("P01", "P02", "P03", "P05", "P06", "P09")
_OF_CUSTOMER_ROWS = ("P06", "P09")
_PATH = "SET LOCAL search_path = public, pg_catalog"
_DISABLE = "ALTER EVENT TRIGGER wall DISABLE"
_ENABLE = "ALTER EVENT TRIGGER wall ENABLE ALWAYS"


async def run(scratch: Any, about: subject.Subject) -> report.Found:
    """On a database that holds what `migrate` made and nothing else."""
    name = await scratch.fetchval("SELECT current_database()")
    superusers = [row[0] for row in await scratch.fetch("SELECT rolname::text FROM pg_roles WHERE rolsuper")]
    databases = [row[0] for row in await scratch.fetch("SELECT datname::text FROM pg_database")]
    clean = about._replace(
        connection=scratch,
        superusers=tuple(superusers),
        databases=(name, *databases),
        role_urls={},
        logs=None,
        canary=None,
        progress=lambda *_: None,
    )
    if about.expected is not None:
        clean = clean._replace(expected=msgspec.structs.replace(about.expected, source=subject.source(clean)))
    noise = await _noise(scratch, clean)
    missed = []
    planted = plants.PLANTS if about.execution else plants.CUSTOMER
    for number, plant in enumerate(planted, start=1):
        about.progress("P20 self-test", number, len(planted))
        if not await _is_found(scratch, clean, plant):
            missed.append(report.Finding("plant-missed", plant.title))
    return _answer(planted, missed + noise)


def _answer(planted: Any, findings: list[report.Finding]) -> report.Found:
    missed = sum(finding.code == "plant-missed" for finding in findings)
    return report.Found(findings, {"planted": len(planted), "found": len(planted) - missed})


async def _noise(scratch: Any, clean: subject.Subject) -> list[report.Finding]:
    async with transaction.undone(scratch):
        await scratch.execute(f"{_PATH}; {plants.SEED if clean.execution else ''}")
        rows = _OF_ROWS if clean.execution else _OF_CUSTOMER_ROWS
        found = [(number, (await CHECKS[number].run(clean)).findings) for number in rows]
    return [
        report.Finding("found-without-plant", f"{number} {each.code} {each.place}")
        for number, findings in found
        for each in findings
    ]


async def _is_found(scratch: Any, clean: subject.Subject, plant: plants.Plant) -> bool:
    async with transaction.undone(scratch):
        if plant.sql and clean.execution:
            await scratch.execute(f"{_PATH}; {plants.SEED}")
            await scratch.execute(f"{_DISABLE}; {plant.sql}; {_ENABLE if plant.rearm else ''}")
        elif plant.sql:
            await scratch.execute(f"{_PATH}; {plant.sql}")
        return _told(await _judge(clean, plant), plant)


async def _judge(about: subject.Subject, plant: plants.Plant) -> report.Found:
    changed = about._replace(
        manifest=plant.change(about.manifest), environment={**about.environment, **dict.fromkeys(plant.variables, "")}
    )
    if not plant.log:
        return await CHECKS[plant.check].run(changed)
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread((Path(folder) / "log").write_text, plant.log + "\n", "utf-8")
        return await CHECKS[plant.check].run(changed._replace(logs=Path(folder)))


def _told(found: report.Found, plant: plants.Plant) -> bool:
    """By its code, and without repeating what was planted."""
    said = msgspec.json.encode(found.findings).decode().lower()
    quiet = not any(word in said for word in ("nimal", "perera", "94771234567"))
    return quiet and plant.code in {finding.code for finding in found.findings}
