"""One half of a proof: every check in order, over one state of the database, then the report."""

from typing import Any

from boundary.kernel import errors
from boundary.kernel.runtime import transaction
from boundary.privacy import catalogue
from boundary.privacy.prove import (
    canary,
    linddun,
    process_checks,
    references,
    report,
    schema_checks,
    selftest,
    subject,
    transcripts,
    values,
)

LIVE = (
    *schema_checks.CHECKS,
    *values.CHECKS,
    *references.CHECKS,
    *transcripts.CHECKS,
    *process_checks.CHECKS,
)
_NOT_HERE = "The customer database may hold personal data: this is asked of the execution database."
_NO_SCRATCH = "No scratch server was given (--scratch-url): nobody saw this report's checks find anything."

_IDENTITY = """
SELECT concat((SELECT system_identifier FROM pg_control_system()), ' ', oid) FROM pg_database
WHERE datname = current_database()"""


class Unusable(errors.Invalid):
    """What the prover was given is not what it needs."""

    code = "prover_input"


async def prove(about: subject.Subject, scratch_url: str | None) -> report.Report:
    """All checks of a half. The connection is in no transaction when this begins, and in none when it ends."""
    scratch: Any = None
    try:
        if scratch_url is not None:
            scratch = await _open(scratch_url, about)
        if scratch is not None and about.execution:
            about = about._replace(expected=await catalogue.snapshot(scratch, subject.source(about)))
        async with transaction.undone(about.connection, reading=True):
            results = [await run(check, about) for check in LIVE]
            heads = await transcripts.heads(about)
        results.append(await _canary(about))
        results.append(await _selftest(scratch, about))
    finally:
        if scratch is not None:
            await scratch.close()
    results.append(linddun.table(tuple(results)))
    found = tuple(sorted(results, key=lambda result: result.check))
    return report.Report(
        format=report.FORMAT,
        part=about.manifest.stack,
        made_at=about.now.isoformat(timespec="seconds"),
        release=about.manifest.packages.get("bulkhead", "unknown"),
        verdict=report.verdict(found),
        results=found,
        heads=heads,
    )


async def run(check: subject.Check, about: subject.Subject) -> report.Result:
    if check.execution_only and not about.execution:
        return _without(check.number, check.title, check.proves, report.Outcome.NOT_APPLICABLE, _NOT_HERE)
    about.progress(f"{check.number} {check.title}", 0, 0)
    return report.result(check.number, check.title, check.proves, await check.run(about))


async def _canary(about: subject.Subject) -> report.Result:
    title = "live negative corpus"
    if not about.execution:
        note = "The canary runs with the execution half."
        return _without("P10", title, canary.PROVES, report.Outcome.NOT_APPLICABLE, note)
    if about.canary is None:
        note = "No canary channel was given (--canary-url, --canary-key): nothing was sent."
        return _without("P10", title, canary.PROVES, report.Outcome.NOT_RUN, note)
    return report.result("P10", title, canary.PROVES, await canary.run(about, about.canary))


async def _selftest(scratch: Any, about: subject.Subject) -> report.Result:
    title = "self-test"
    if scratch is None:
        return _without("P20", title, selftest.PROVES, report.Outcome.NOT_RUN, _NO_SCRATCH)
    return report.result("P20", title, selftest.PROVES, await selftest.run(scratch, about))


def _without(number: str, title: str, proves: str, outcome: report.Outcome, note: str) -> report.Result:
    return report.Result(check=number, title=title, proves=proves, outcome=outcome, note=note)


async def _open(url: str, about: subject.Subject) -> Any:
    """A superuser's session on a database that the stack's own `migrate` made and nobody used."""
    scratch: Any = await transaction.connect_alone(url)
    try:
        await _must_be_scratch(scratch, (await about.connection.fetch(_IDENTITY))[0][0])
    except BaseException:
        await scratch.close()
        raise
    return scratch


async def _must_be_scratch(scratch: Any, live: str) -> None:
    if await scratch.fetchval(_IDENTITY) == live:
        raise Unusable("the scratch database is the live one")
    if not await scratch.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        raise Unusable("the scratch database needs a superuser's login: violations are planted in it")
    if not await scratch.fetchval("SELECT to_regclass('public.channel_sent') IS NOT NULL"):
        raise Unusable("the scratch database has no schema: run the stack's own migrate on that server first")
    if await scratch.fetchval("SELECT EXISTS (SELECT FROM public.channel) OR EXISTS (SELECT FROM public.instrument)"):
        raise Unusable("the scratch database is in use: violations are planted in an empty one only")
