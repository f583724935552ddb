"""Takes the intents of one core in: judged one by one, written all at once."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from boundary.kernel import clock
from boundary.kernel.runtime import audit, transaction
from execution_stack.instruments import model as instruments_model
from execution_stack.instruments import service as instruments
from execution_stack.intents import model, ports, repo, rules
from execution_stack.participants import service as participants

T = TypeVar("T")


async def place(
    tx: transaction.Tx,
    channel: UUID,
    first: model.Name,
    wanted: Sequence[model.Terms],
    now: datetime,
    lanes: ports.Lanes = ports.NO_LANES,
) -> list[model.Refusal | None]:
    """Intents that stand next to each other in a core, `first` being the first one's name; a verdict for each."""
    standings = await participants.standings(tx, channel, [each.participant for each in wanted])
    known = await instruments.some(tx, [each.instrument for each in wanted])
    seconds = clock.to_micros(now) // 1_000_000
    verdicts = [
        rules.judge(each, standings.get(each.participant), known.get(each.instrument), now, seconds) for each in wanted
    ]
    by_lane = await _lanes(tx, known, lanes)
    verdicts = [
        model.Refusal.HALTED if verdict is None and by_lane.get(each.instrument) == NOWHERE else verdict
        for each, verdict in zip(wanted, verdicts, strict=True)
    ]
    accepted = [
        (first.position + offset, each)
        for offset, (each, verdict) in enumerate(zip(wanted, verdicts, strict=True))
        if verdict is None
    ]
    if accepted:
        await repo.add(tx, channel, first.epoch, first.sequence, accepted)
        for route, rows in _by_route(accepted, by_lane).items():
            await lanes[route].accepted(tx, channel, first, rows)
    await audit.write(
        tx,
        model.IntakeRecorded(
            channel,
            first.epoch,
            first.sequence,
            len(accepted),
            len(wanted) - len(accepted),
            _digest(first, wanted, verdicts),
        ),
    )
    return verdicts


async def cancel(
    tx: transaction.Tx, channel: UUID, names: Sequence[model.Name], lanes: ports.Lanes = ports.NO_LANES
) -> list[int | model.Refusal | None]:
    """Cancel what is still open: the lots that were, or why not. A second cancel comes too late, in one core or two.

    Of an intent that has left on a lane the end is news later: none is the answer here.
    """
    found = await repo.lock(tx, channel, names)
    known = await instruments.some(tx, [terms.instrument for terms, _ in found.values()]) if lanes else {}
    by_lane = await _lanes(tx, known, lanes)
    answers: list[int | model.Refusal | None] = []
    cancelled: dict[model.Name, None] = {}
    gone: list[tuple[model.Name, model.Terms]] = []
    for name in names:
        if name not in found:
            answers.append(model.Refusal.UNKNOWN_INTENT)
        elif found[name][1] is not model.State.OPEN or name in cancelled:
            answers.append(model.Refusal.TOO_LATE)
        elif found[name][0].instrument in by_lane:
            gone.append((name, found[name][0]))
            answers.append(None)
        else:
            cancelled[name] = None
            answers.append(found[name][0].lots)
    for route, rows in _by_route(gone, by_lane).items():
        await lanes[route].cancelled(tx, channel, rows)
    if cancelled:
        await repo.set_state(tx, channel, list(cancelled), model.State.CANCELLED)
        await audit.write(tx, model.IntentsCancelled(channel, len(cancelled), _digest_names(list(cancelled))))
    return answers


async def amend(
    tx: transaction.Tx,
    channel: UUID,
    wanted: Sequence[model.Amendment],
    now: datetime,
    lanes: ports.Lanes = ports.NO_LANES,
) -> list[model.Refusal | None]:
    """Change price and quantity of open intents, in order; each judged as if it were new, the last word standing."""
    found = await repo.lock(tx, channel, [each.name for each in wanted])
    standings = await participants.standings(tx, channel, [terms.participant for terms, _ in found.values()])
    known = await instruments.some(tx, [terms.instrument for terms, _ in found.values()])
    seconds = clock.to_micros(now) // 1_000_000
    by_lane = await _lanes(tx, known, lanes)
    amended: dict[model.Name, model.Terms] = {}
    gone: list[tuple[model.Name, model.Terms]] = []
    entries: list[model.IntentAmended] = []
    verdicts: list[model.Refusal | None] = []
    for name, *figures in wanted:
        if name not in found:
            verdicts.append(model.Refusal.UNKNOWN_INTENT)
            continue
        old, state = found[name]
        if state is not model.State.OPEN:
            verdicts.append(model.Refusal.TOO_LATE)
            continue
        limit_ticks, lots, cost_cap = figures
        terms = msgspec.structs.replace(old, limit_ticks=limit_ticks, lots=lots, cost_cap=cost_cap)
        verdict = rules.judge(terms, standings.get(terms.participant), known.get(terms.instrument), now, seconds)
        if verdict is None:
            amended[name] = terms
            gone.append((name, terms))
            entries.append(model.IntentAmended(channel, *name, *figures))
        verdicts.append(verdict)
    if amended:
        await repo.amend(tx, channel, amended)
        for route, rows in _by_route(gone, by_lane).items():
            await lanes[route].amended(tx, channel, rows)
        await audit.write_many(tx, entries)
    return verdicts


async def withdraw(
    tx: transaction.Tx, channel: UUID, epoch: int, sequence: int, lanes: ports.Lanes = ports.NO_LANES
) -> int:
    """Cancel whatever is open of a history that the customer stack has lost, on its lane too; how much that was."""
    names = sorted(await repo.withdraw(tx, channel, epoch, sequence))
    if names and lanes:
        rows = [(name, terms) for name, (terms, _) in sorted((await repo.lock(tx, channel, names)).items())]
        by_lane = await _lanes(tx, await instruments.some(tx, [terms.instrument for _, terms in rows]), lanes)
        for route, gone in _by_route(rows, by_lane).items():
            await lanes[route].cancelled(tx, channel, gone)
    if names:
        await audit.write(tx, model.IntentsCancelled(channel, len(names), _digest_names(names)))
    return len(names)


async def count_open(tx: transaction.Tx, channel: UUID) -> int:
    """How many intents of a channel may still trade."""
    return await repo.count_open(tx, channel)


async def ended(
    tx: transaction.Tx, ended: Sequence[tuple[UUID, model.Name, model.State]]
) -> set[tuple[UUID, model.Name]]:
    """Intents that have come to their end on their lane, by channel and name. One that was given up before stays so, and
    is in the answer: nobody waits for news of it.
    """
    return await repo.end(tx, sorted(ended, key=lambda each: each[:2]))


NOWHERE = "nowhere"
"""The lane of the instrument's route has no place for it."""
_Lanes = dict[UUID, instruments_model.Route | str]


async def _lanes(tx: transaction.Tx, known: Mapping[UUID, instruments_model.Instrument], lanes: ports.Lanes) -> _Lanes:
    """The lane of each instrument that has one."""
    found: _Lanes = {}
    for route, lane in lanes.items():
        refs = [ref for ref, each in known.items() if each.route is route]
        taken = await lane.takes(tx, refs) if refs else frozenset()
        found |= {ref: route if ref in taken else NOWHERE for ref in refs}
    return found


def _by_route(
    rows: Sequence[tuple[T, model.Terms]], by_lane: _Lanes
) -> dict[instruments_model.Route, list[tuple[T, model.Terms]]]:
    found: dict[instruments_model.Route, list[tuple[T, model.Terms]]] = {}
    for row in rows:
        route = by_lane.get(row[1].instrument)
        if isinstance(route, instruments_model.Route):
            found.setdefault(route, []).append(row)
    return found


def _digest_names(names: Sequence[model.Name]) -> bytes:
    return hashlib.sha256("".join(f"{n.epoch} {n.sequence} {n.position}\n" for n in names).encode()).digest()


def _digest(first: model.Name, wanted: Sequence[model.Terms], verdicts: Sequence[model.Refusal | None]) -> bytes:
    """Covers every intent and its verdict in order, so that the one audit entry of a core stands for all of them."""
    hasher = hashlib.sha256(f"{first.epoch} {first.sequence} {first.position}\n".encode())
    for each, verdict in zip(wanted, verdicts, strict=True):
        hasher.update(msgspec.msgpack.encode((msgspec.structs.astuple(each), verdict.value if verdict else "")))
    return hasher.digest()
