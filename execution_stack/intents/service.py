"""Takes the intents of one core in: judged one by one, written all at once."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
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
from execution_stack.risk import model as risk

Findings = tuple[risk.Finding, ...]

T = TypeVar("T")


async def place(
    tx: transaction.Tx,
    channel: UUID,
    first: model.Name,
    wanted: Sequence[model.Terms],
    now: datetime,
    desk: ports.Risk,
    lanes: ports.Lanes = ports.NO_LANES,
) -> list[model.Refusal | None]:
    """Intents that stand next to each other in a core, `first` being the first one's name; a verdict for each."""
    await instruments.hold(tx)
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
    judged = {
        offset: risk.Wanted(
            rules.order(each, known[each.instrument]), standings[each.participant], refused=verdict is not None
        )
        for offset, (each, verdict) in enumerate(zip(wanted, verdicts, strict=True))
        if verdict is None or verdict in rules.FAULTS
    }
    findings = await _judged(tx, channel, judged, now, desk)
    verdicts = [verdict or rules.of_risk(findings.get(offset, ())) for offset, verdict in enumerate(verdicts)]
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
            _digest(first, wanted, verdicts, findings),
        ),
    )
    return verdicts


async def _judged(
    tx: transaction.Tx, channel: UUID, wanted: Mapping[int, risk.Wanted], now: datetime, desk: ports.Risk
) -> dict[int, Findings]:
    """What risk found, by the place of each among the messages."""
    found = await desk.judge(tx, channel, list(wanted.values()), now)
    return {offset: each for offset, each in zip(wanted, found, strict=True) if each}


async def cancel(
    tx: transaction.Tx,
    channel: UUID,
    names: Sequence[model.Name],
    now: datetime,
    desk: ports.Risk,
    lanes: ports.Lanes = ports.NO_LANES,
) -> list[int | model.Refusal | None]:
    """Cancel what is still open: the lots that were, or why not. A second cancel comes too late, in one core or two.

    Of an intent that has left on a lane the end is news later: none is the answer here.
    """
    found = await repo.lock(tx, channel, names)
    known = await instruments.some(tx, [terms.instrument for terms, _ in found.values()]) if lanes else {}
    by_lane = await _lanes(tx, known, lanes)
    answers: list[int | model.Refusal | None] = []
    cancelled: dict[model.Name, model.Terms] = {}
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
            cancelled[name] = found[name][0]
            answers.append(found[name][0].lots)
    for route, rows in _by_route(gone, by_lane).items():
        await lanes[route].cancelled(tx, channel, rows)
    if cancelled:
        await repo.set_state(tx, channel, list(cancelled), model.State.CANCELLED)
        await audit.write(tx, model.IntentsCancelled(channel, len(cancelled), _digest_names(list(cancelled))))
        await _release(tx, list(cancelled.values()), now, desk)
    return answers


async def _release(tx: transaction.Tx, ended: Sequence[model.Terms], now: datetime, desk: ports.Risk) -> None:
    known = await instruments.some(tx, [each.instrument for each in ended])
    await desk.released(tx, [risk.Ended(rules.order(each, known[each.instrument])) for each in ended], now)


async def amend(
    tx: transaction.Tx,
    channel: UUID,
    wanted: Sequence[model.Amendment],
    now: datetime,
    desk: ports.Risk,
    lanes: ports.Lanes = ports.NO_LANES,
) -> list[model.Refusal | None]:
    """Change price and quantity of open intents, in order; each judged as if it were new, the last word standing."""
    await instruments.hold(tx)
    found = await repo.lock(tx, channel, [each.name for each in wanted])
    standings = await participants.standings(tx, channel, [terms.participant for terms, _ in found.values()])
    known = await instruments.some(tx, [terms.instrument for terms, _ in found.values()])
    seconds = clock.to_micros(now) // 1_000_000
    judged = [rules.judge_amendment(found.get(each.name), each, standings, known, now, seconds) for each in wanted]
    asked = {
        offset: risk.Wanted(
            rules.order(new, known[new.instrument]),
            standings[new.participant],
            before=rules.order(found[wanted[offset].name][0], known[new.instrument]),
            name=wanted[offset].name,
        )
        for offset, new in enumerate(judged)
        if isinstance(new, model.Terms)
    }
    findings = await _judged(tx, channel, asked, now, desk)
    verdicts = [
        rules.of_risk(findings.get(offset, ())) if isinstance(each, model.Terms) else each
        for offset, each in enumerate(judged)
    ]
    passed = [
        (each, new)
        for each, new, verdict in zip(wanted, judged, verdicts, strict=True)
        if verdict is None and isinstance(new, model.Terms)
    ]
    if passed:
        await repo.amend(tx, channel, {each.name: new for each, new in passed})
        gone = [(each.name, new) for each, new in passed]
        for route, rows in _by_route(gone, await _lanes(tx, known, lanes)).items():
            await lanes[route].amended(tx, channel, rows)
        await audit.write_many(tx, [model.IntentAmended(channel, *each.name, *each[1:]) for each, _ in passed])
    digest = _digest_amendments(wanted, verdicts, findings)
    await audit.write(tx, model.AmendmentsJudged(channel, len(wanted), digest))
    return verdicts


async def withdraw(
    tx: transaction.Tx,
    channel: UUID,
    epoch: int,
    sequence: int,
    now: datetime,
    desk: ports.Risk,
    lanes: ports.Lanes = ports.NO_LANES,
) -> int:
    """Cancel whatever is open of a history that the customer stack has lost, on its lane too; how much that was. What has
    left on a lane is given back when it ends there.
    """
    withdrawn = await repo.withdraw(tx, channel, epoch, sequence)
    known = await instruments.some(tx, [terms.instrument for terms in withdrawn.values()]) if lanes else {}
    by_lane = await _lanes(tx, known, lanes)
    for route, rows in _by_route(sorted(withdrawn.items(), key=lambda row: row[0]), by_lane).items():
        await lanes[route].cancelled(tx, channel, rows)
    if withdrawn:
        names = sorted(withdrawn)
        await audit.write(tx, model.IntentsCancelled(channel, len(names), _digest_names(names)))
        await _release(tx, [withdrawn[name] for name in names if withdrawn[name].instrument not in by_lane], now, desk)
    return len(withdrawn)


async def leave(
    tx: transaction.Tx,
    channel: UUID,
    refs: Sequence[UUID],
    now: datetime,
    desk: ports.Risk,
    lanes: ports.Lanes = ports.NO_LANES,
) -> list[tuple[model.Name, int]]:
    """Cancel whatever these participants have open: names and lots, in the order of the names. What has left on a lane is
    cancelled there, and its end is news later.
    """
    found = await repo.open_of(tx, channel, refs)
    known = await instruments.some(tx, [terms.instrument for terms in found.values()]) if lanes else {}
    by_lane = await _lanes(tx, known, lanes)
    for route, rows in _by_route(list(found.items()), by_lane).items():
        await lanes[route].cancelled(tx, channel, rows)
    left = {name: terms for name, terms in found.items() if terms.instrument not in by_lane}
    if left:
        await repo.set_state(tx, channel, list(left), model.State.CANCELLED)
        await _ended(tx, channel, left, now, desk)
    return [(name, left[name].lots) for name in sorted(left)]


async def _ended(
    tx: transaction.Tx, channel: UUID, ended: Mapping[model.Name, model.Terms], now: datetime, desk: ports.Risk
) -> None:
    names = sorted(ended)
    await audit.write(tx, model.IntentsCancelled(channel, len(names), _digest_names(names)))
    await _release(tx, [ended[name] for name in names], now, desk)


async def open_in(tx: transaction.Tx, instrument: UUID) -> int:
    """How many intents for an instrument may still trade, of all channels."""
    return await repo.open_in(tx, instrument)


async def orders_of(
    tx: transaction.Tx, named: Collection[tuple[UUID, model.Name]]
) -> dict[tuple[UUID, model.Name], risk.Order]:
    """What one lot of each of these intents is counted as: for whoever says what became of them."""
    found = await repo.terms_of(tx, named)
    known = await instruments.some(tx, [each.instrument for each in found.values()])
    return {
        key: rules.order(msgspec.structs.replace(terms, lots=1), known[terms.instrument])
        for key, terms in found.items()
    }


async def count_open(tx: transaction.Tx, channel: UUID) -> int:
    """How many intents of a channel may still trade."""
    return await repo.count_open(tx, channel)


async def open_terms(tx: transaction.Tx, channel: UUID, names: Sequence[model.Name]) -> dict[model.Name, model.Terms]:
    """What those of the intents that are still open want today, held."""
    found = await repo.lock(tx, channel, names)
    return {name: terms for name, (terms, state) in found.items() if state is model.State.OPEN}


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


def _digest(
    first: model.Name,
    wanted: Sequence[model.Terms],
    verdicts: Sequence[model.Refusal | None],
    findings: Mapping[int, Findings],
) -> bytes:
    """Covers every intent, its verdict and what risk found, in order, so that the one audit entry of a core stands for
    all of them.
    """
    hasher = hashlib.sha256(f"{first.epoch} {first.sequence} {first.position}\n".encode())
    for offset, (each, verdict) in enumerate(zip(wanted, verdicts, strict=True)):
        told = (msgspec.structs.astuple(each), verdict.value if verdict else "", findings.get(offset, ()))
        hasher.update(msgspec.msgpack.encode(told))
    return hasher.digest()


def _digest_amendments(
    wanted: Sequence[model.Amendment], verdicts: Sequence[model.Refusal | None], findings: Mapping[int, Findings]
) -> bytes:
    hasher = hashlib.sha256()
    for offset, (each, verdict) in enumerate(zip(wanted, verdicts, strict=True)):
        hasher.update(msgspec.msgpack.encode((each, verdict.value if verdict else "", findings.get(offset, ()))))
    return hasher.digest()
