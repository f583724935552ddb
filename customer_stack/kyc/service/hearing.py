"""Webhooks: believed by their signature over the bytes as they came, logged, and never believed twice.

What is refused leaves its digest, size and reason. The answer comes after that is committed.
"""

import enum
from datetime import timedelta
from uuid import UUID

from boundary.kernel import clock, primitives
from boundary.kernel.runtime import audit, jobs, telemetry, transaction
from customer_stack.kyc import model, ports
from customer_stack.kyc.model import entries, refusals
from customer_stack.kyc.repo import applications as repo
from customer_stack.kyc.repo import freezes
from customer_stack.kyc.service import following, promises, recording, wiring

BODY_MAX = 64 * 1024
AHEAD_MAX = timedelta(minutes=10)
EVIDENCE_TIME = timedelta(hours=1)
EVIDENCE_MAX = 1000
"""How much evidence an hour may leave: whoever floods us must not fill the disk with it."""

REFUSED = telemetry.Event("kyc.hook_refused", reason=telemetry.Word)


class Heard(enum.StrEnum):
    """What became of a webhook."""

    TAKEN = "taken"
    IGNORED = "ignored"
    REFUSED = "refused"


async def hear(tx: transaction.Tx, kyc: wiring.Kyc, hook: ports.Hook) -> Heard:
    """`IGNORED` is signed, and says nothing of ours: its sender need not send it again. `REFUSED` is believed by nobody."""
    kind = hook.headers.get("content-type", "").partition(";")[0].strip().lower()
    if len(hook.body) > BODY_MAX:
        return await _refused(tx, kyc, hook, "too_large")
    if kind != "application/json":
        return await _refused(tx, kyc, hook, "content_type")
    try:
        told = kyc.provider.believe(hook)
    except refusals.HookRefused as refusal:
        return await _refused(tx, kyc, hook, refusal.detail)
    if told is None:
        return Heard.IGNORED
    if told.application is None:
        return await _ignored(tx, kyc, hook, "application_unknown")
    return await _apply(tx, kyc, hook, told)


async def _apply(tx: transaction.Tx, kyc: wiring.Kyc, hook: ports.Hook, told: model.Told) -> Heard:
    assert told.application is not None, "asked by the caller"
    row = await repo.get(tx, told.application, hold=True)
    if row is None:
        return await _ignored(tx, kyc, hook, "application_unknown")
    if row.applicant and row.applicant != told.applicant:
        return await _ignored(tx, kyc, hook, "other_applicant")
    if not row.applicant and not told.applicant:
        return await _ignored(tx, kyc, hook, "no_applicant")
    if row.submitted_at is None:
        return await _ignored(tx, kyc, hook, "not_submitted")
    if told.sequence > _latest(kyc):
        return await _ignored(tx, kyc, hook, "from_the_future")
    if await recording.readable_form(tx, kyc, row) is None:
        return await _ignored(tx, kyc, hook, "erased")
    if told.event is model.Event.GREEN and not kyc.provider.speaks_of(row.level, told):
        return await _ignored(tx, kyc, hook, "other_level")
    await take(tx, kyc, row, told)
    return Heard.TAKEN


async def take(tx: transaction.Tx, kyc: wiring.Kyc, row: model.Application, told: model.Told) -> model.Application:
    """Log what a provider says, whether it came by itself or was fetched, and do what follows."""
    if told.event is model.Event.GREEN and not kyc.provider.speaks_of(row.level, told):
        return row
    if not row.applicant:
        await repo.name(tx, row.id, told.applicant)
    said = recording.Said(
        event=told.event,
        source=model.Source.VENDOR,
        reasons=tuple(each.value for each in told.reasons),
        sequence=told.sequence,
        customer_text=told.customer_text,
        private_text=told.private_text,
    )
    row = await recording.record(tx, kyc, row, said)
    return await following.follow(tx, kyc, row)


def _latest(kyc: wiring.Kyc) -> int:
    return clock.to_micros(kyc.clock.now() + AHEAD_MAX)


async def _refused(tx: transaction.Tx, kyc: wiring.Kyc, hook: ports.Hook, reason: str) -> Heard:
    await _keep(tx, kyc, hook, reason)
    return Heard.REFUSED


async def _ignored(tx: transaction.Tx, kyc: wiring.Kyc, hook: ports.Hook, reason: str) -> Heard:
    await _keep(tx, kyc, hook, reason)
    return Heard.IGNORED


async def _keep(tx: transaction.Tx, kyc: wiring.Kyc, hook: ports.Hook, reason: str) -> None:
    now, digest = kyc.clock.now(), primitives.sha256(hook.body)
    if await freezes.refused(tx, digest, len(hook.body), reason, now, now - EVIDENCE_TIME, EVIDENCE_MAX):
        await audit.write(tx, entries.HookRefused(digest, len(hook.body), reason))
        telemetry.emit(REFUSED, "warning", reason=telemetry.Word(reason))


async def redact(tx: transaction.Tx, kyc: wiring.Kyc, account: UUID) -> int:
    """Promise that who verified an account's owner lets go of their data; of how many applications."""
    named = [row.applicant for row in await repo.of(tx, account) if row.applicant]
    for applicant in named:
        await jobs.enqueue(tx, promises.Redact(applicant), kyc.ids, key=applicant)
    return len(named)
