"""Registers wallets at a customer stack's word, and only with proof; asks the vault for those in custody."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel import clock, ids, records
from boundary.kernel.runtime import audit, jobs, transaction
from execution_stack.participants import service as participants
from execution_stack.wallets import model, ports, repo
from execution_stack.wallets.rules import claims as rules


class MakeCustody(records.Job, frozen=True, tag="execution.wallets.make_custody.v1"):
    """Make a participant's custody wallet: in the worker, because the process that faces the network holds no key."""

    channel: UUID
    participant: UUID


async def register(
    tx: transaction.Tx, channel: UUID, claims: Sequence[model.Claim], now: datetime
) -> list[model.Refusal | None]:
    """Judge the claims of one core in order; what holds is registered. A taken address is refused whoever has it."""
    who = sorted({each.participant for each in claims})
    standings = await participants.standings(tx, channel, who)
    own = await repo.own_counts(tx, channel, who)
    seconds = clock.to_micros(now) // 1_000_000
    verdicts: list[model.Refusal | None] = []
    good: dict[bytes, model.Claim] = {}
    for claim in claims:
        count = own.get(claim.participant, 0)
        verdict = rules.judge(claim, standings.get(claim.participant), count, seconds)
        if verdict is None and claim.address in good:
            verdict = model.Refusal.DUPLICATE
        if verdict is None:
            good[claim.address] = claim
            own[claim.participant] = count + 1
        verdicts.append(verdict)
    added = await repo.add_own(tx, channel, list(good.values())) if good else set()
    if added:
        await audit.write(tx, _entry(channel, [claim for address, claim in good.items() if address in added]))
    return [
        model.Refusal.DUPLICATE if verdict is None and claim.address not in added else verdict
        for claim, verdict in zip(claims, verdicts, strict=True)
    ]


async def request_custody(
    tx: transaction.Tx, channel: UUID, wanted: Sequence[UUID], random: ids.Ids
) -> list[model.Refusal | None]:
    """Promise a custody wallet to each participant who has none and was promised none."""
    who = sorted(set(wanted))
    standings = await participants.standings(tx, channel, who)
    there = await repo.in_custody(tx, channel, who)
    verdicts: list[model.Refusal | None] = []
    for participant in wanted:
        verdict = rules.stands(standings.get(participant))
        if verdict is None and participant in there:
            verdict = model.Refusal.DUPLICATE
        if verdict is None:
            job = MakeCustody(channel, participant)
            promised = await jobs.enqueue(tx, job, random, key=f"{channel}/{participant}")
            verdict = None if promised else model.Refusal.DUPLICATE
        verdicts.append(verdict)
    return verdicts


async def make_custody(
    tx: transaction.Tx, channel: UUID, participant: UUID, vault: ports.KeyVault, outbound: ports.Outbound
) -> None:
    """Register the address that the vault has for a participant, once, and tell. Who was closed since gets none."""
    standings = await participants.standings(tx, channel, [participant])
    closed = rules.stands(standings.get(participant)) in {model.Refusal.CLOSED, model.Refusal.UNKNOWN_PARTICIPANT}
    if closed or participant in await repo.in_custody(tx, channel, [participant]):
        return
    address = vault.address(channel, participant)
    if not await repo.add_custody(tx, channel, participant, address):
        raise model.NoAddress("the vault's address is registered already")
    await audit.write(tx, model.CustodyWalletMade(channel, participant, address))
    await outbound.registered(tx, channel, [model.Wallet(participant, address, model.Kind.CUSTODY)])


def _entry(channel: UUID, claims: Sequence[model.Claim]) -> model.WalletsRegistered:
    hasher = hashlib.sha256()
    for each in claims:
        hasher.update(each.participant.bytes + each.address + each.statement)
    return model.WalletsRegistered(channel, len(claims), hasher.digest())
