"""What the execution stack's messages do here, in one transaction per core, in the order of its transcript."""

import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import prometheus_client

from boundary.channel import envelope, transcript
from boundary.kernel import clock, errors
from boundary.kernel.runtime import audit, transaction, transcript_store
from boundary.wire import control, frame, messages, to_customer, values, words
from customer_stack.gate import model, ports, repo
from customer_stack.gate.service import checkpoints, halting, heads

REPEATED = prometheus_client.Counter("channel_refusals_repeated", "Cores refused again for the same reason")


class Hearing(NamedTuple):
    """Where messages are applied, and who is told."""

    channel: UUID
    markets: ports.Markets
    signers: frozenset[bytes] = frozenset()
    """The keys with which the execution stack signs its heads."""
    time: clock.Clock = clock.SystemClock()
    place: tuple[int, int] = (1, 0)
    """Epoch and sequence of the core that is being applied."""


class Halted(errors.Conflict):
    """Two histories of the channel were seen; people must open a new epoch."""

    code = "channel_halted"


class Verdict(NamedTuple):
    """What became of a core: which is due now, and what the execution stack is to hear about it."""

    due: int
    word: control.Ack | control.Nack
    early: bool = False
    halted: bool = False


class Content(NamedTuple):
    """What a genuine frame holds: the hash of the core, and its messages, or None of one that was given up."""

    core: bytes
    received: tuple[messages.Message, ...] | None


Handler = Callable[[transaction.Tx, Hearing, Sequence[Any]], Awaitable[None]]


def read(arrived: envelope.Arrived) -> Content | words.NackCode:
    """Strictly, before any transaction begins; or why it cannot be read."""
    header = arrived.header
    try:
        if header.kind is frame.Kind.VOID:
            void = messages.decode_control(arrived.body)
            if not isinstance(void, control.Void) or (void.epoch, void.sequence) != (header.epoch, header.sequence):
                return words.NackCode.MALFORMED
            return Content(void.core, None)
        received = messages.decode_body(arrived.body, frame.Direction.TO_CUSTOMER)
    except messages.Unsupported:
        return words.NackCode.UNSUPPORTED
    except errors.Invalid:
        return words.NackCode.MALFORMED
    if len(received) != header.count:
        return words.NackCode.MALFORMED
    if not {type(each) for each in received} <= HANDLERS.keys():
        return words.NackCode.UNSUPPORTED
    return Content(_core(arrived), received)


async def take(
    tx: transaction.Tx, *, hearing: Hearing, arrived: envelope.Arrived, content: Content | words.NackCode
) -> Verdict:
    """Judge a verified core and apply it if it is due. Evidence of what is wrong is committed, not raised."""
    channel, header = hearing.channel, arrived.header
    position = await transcript_store.lock_inbound(tx, channel)
    assert position is not None, "the relay registers its channel before anything else"
    if position.halted:
        return Verdict(position.due, _nack(arrived, words.NackCode.HALTED, position), halted=True)
    if isinstance(content, words.NackCode):
        return await _unreadable(tx, channel, arrived, content, position)
    here = transcript.Position(position.epoch, position.due, position.head)
    stored = (
        await transcript_store.stored_core(tx, channel, header.epoch, header.sequence)
        if header.sequence < here.due
        else None
    )
    verdict = transcript.judge(
        here,
        epoch=header.epoch,
        sequence=header.sequence,
        previous=header.previous,
        core=content.core,
        stored=stored,
    )
    match verdict:
        case transcript.Verdict.NEXT:
            if not await _apply(tx, hearing, header, content, position):
                return await _refuse(tx, channel, arrived, words.NackCode.MALFORMED, position)
            return Verdict(here.due + 1, control.Ack(here.epoch, here.due, content.core))
        case transcript.Verdict.AGAIN:
            return Verdict(here.due, control.Ack(here.epoch, here.due - 1, here.head))
        case transcript.Verdict.EARLY:
            return Verdict(here.due, _nack(arrived, words.NackCode.EARLY, position), early=True)
        case transcript.Verdict.OTHER_EPOCH:
            return await _refuse(tx, channel, arrived, words.NackCode.OTHER_EPOCH, position)
        case transcript.Verdict.EQUIVOCATION:
            await halting.halt(tx, channel, header.epoch, header.sequence, _core(arrived), "equivocation")
            return Verdict(here.due, _nack(arrived, words.NackCode.EQUIVOCATION, position), halted=True)


async def _unreadable(
    tx: transaction.Tx,
    channel: UUID,
    arrived: envelope.Arrived,
    code: words.NackCode,
    position: transcript_store.Inbound,
) -> Verdict:
    """What cannot be read is judged when it is due, like everything else: so its place is known, and its hash stored."""
    if arrived.header.epoch == position.epoch and arrived.header.sequence > position.due:
        return Verdict(position.due, _nack(arrived, words.NackCode.EARLY, position), early=True)
    return await _refuse(tx, channel, arrived, code, position)


async def _refuse(
    tx: transaction.Tx,
    channel: UUID,
    arrived: envelope.Arrived,
    code: words.NackCode,
    position: transcript_store.Inbound,
) -> Verdict:
    """No effect, but evidence: once for each core, however often it comes."""
    header, digest = arrived.header, frame.digest(arrived.data)
    if await transcript_store.refused(tx, channel, position, _core(arrived), int(code), header.count):
        entry = model.CoreRefused(channel, header.epoch, header.sequence, digest, len(arrived.data), code.name.lower())
        await audit.write(tx, entry)
    else:
        REPEATED.inc()
    return Verdict(position.due, _nack(arrived, code, position))


def _nack(arrived: envelope.Arrived, code: words.NackCode, due: transcript_store.Inbound) -> control.Nack:
    header = arrived.header
    return control.Nack(header.epoch, header.sequence, frame.digest(arrived.data), code, due.epoch, due.due, due.head)


async def _apply(
    tx: transaction.Tx, hearing: Hearing, header: frame.Header, content: Content, position: transcript_store.Inbound
) -> bool:
    """Outcomes of one core are written in one statement; the rest in runs of one kind, in order. A core is given up
    only if we could not read it: whether that holds.
    """
    channel, epoch, sequence, core = hearing.channel, header.epoch, header.sequence, content.core
    if content.received is None:
        malformed = int(words.NackCode.MALFORMED)
        count = await transcript_store.refused_count(tx, channel, position, core, malformed)
        if count is None:
            return False
        await audit.write(tx, model.SequenceVoided(channel, epoch, sequence, core))
    else:
        count = len(content.received)
        await _follow(tx, hearing._replace(place=(epoch, sequence)), content.received)
        await audit.write(tx, model.CoreApplied(channel, epoch, sequence, count, core))
    await transcript_store.received(tx, channel, epoch, sequence, core, count)
    return True


def _core(arrived: envelope.Arrived) -> bytes:
    """Worked out here even for a void, which may claim any hash."""
    header = arrived.header
    return transcript.core_hash(header.epoch, header.sequence, header.count, header.previous, arrived.body)


async def _follow(tx: transaction.Tx, hearing: Hearing, received: Sequence[messages.Message]) -> None:
    said = [_OUTCOME[type(each)](each) for each in received if type(each) in _OUTCOME]
    if said:
        await repo.outcomes(tx, hearing.channel, _runs(said))
    refused = [each.message for each in received if isinstance(each, to_customer.MessageRefused)]
    if refused:
        await repo.detach_refused(tx, hearing.channel, [(n.epoch, n.sequence, n.index) for n in refused])
    others = [each for each in received if HANDLERS[type(each)] is not _outcome]
    for kind, run in itertools.groupby(others, key=type):
        await HANDLERS[kind](tx, hearing, list(run))


Fact = tuple[values.MessageName, model.Outcome, int | None]


def _runs(said: Sequence[Fact]) -> list[repo.Said]:
    """The last word about each name, one run for neighbours of whom the same is said."""
    runs: list[repo.Said] = []
    latest = {(name.epoch, name.sequence, name.index): (outcome, code) for name, outcome, code in said}
    for (epoch, sequence, index), (outcome, code) in latest.items():
        last = runs[-1] if runs else None
        if last and (last.epoch, last.sequence, last.last + 1, last.outcome, last.code) == (
            epoch, sequence, index, outcome, code,
        ):  # fmt: skip
            runs[-1] = last._replace(last=index)
        else:
            runs.append(repo.Said(epoch, sequence, index, index, outcome, code))
    return runs


_OUTCOME: Mapping[type[messages.Message], Callable[[Any], Fact]] = {
    to_customer.MessageApplied: lambda each: (each.message, model.Outcome.APPLIED, None),
    to_customer.MessageRefused: lambda each: (each.message, model.Outcome.REFUSED, int(each.code)),
    to_customer.IntentAccepted: lambda each: (each.intent, model.Outcome.ACCEPTED, None),
    to_customer.IntentRefused: lambda each: (each.intent, model.Outcome.REFUSED, int(each.code)),
    to_customer.IntentWorking: lambda each: (each.intent, model.Outcome.WORKING, None),
    to_customer.IntentCancelled: lambda each: (each.intent, model.Outcome.CANCELLED, int(each.reason)),
    to_customer.IntentExpired: lambda each: (each.intent, model.Outcome.EXPIRED, None),
    to_customer.RefsIssued: lambda each: (each.request, model.Outcome.APPLIED, None),
}


async def _refs_issued(tx: transaction.Tx, hearing: Hearing, run: Sequence[to_customer.RefsIssued]) -> None:
    """Those that were asked for before the channel was opened again are given up: they may have been attached in a
    history that is lost.
    """
    for each in run:
        spare = each.request.epoch == hearing.place[0]
        state = model.ReferenceState.SPARE if spare else model.ReferenceState.BURNT
        await repo.add_references(tx, hearing.channel, each.refs, state)


async def _wallets_registered(
    tx: transaction.Tx, hearing: Hearing, run: Sequence[to_customer.WalletRegistered]
) -> None:
    found = [
        model.Wallet(each.participant, each.address, model.WalletKind[words.WalletKind(each.kind).name]) for each in run
    ]
    await repo.add_wallets(tx, hearing.channel, found)


async def _listed(
    tx: transaction.Tx,
    hearing: Hearing,
    run: Sequence[to_customer.InstrumentListed | to_customer.InstrumentChanged],
) -> None:
    await hearing.markets.listed(tx, [_listing(each.instrument, each.terms) for each in run])


def _listing(instrument: UUID, terms: to_customer.Terms) -> ports.Listing:
    return ports.Listing(
        instrument=instrument,
        route=words.Route(terms.route).name.lower(),
        product=words.Product(terms.product).name.lower(),
        tick_size=terms.tick_size,
        lot_size=terms.lot_size,
        price_max=terms.price_max,
        cap_lots=terms.cap_lots,
        opens_at=clock.from_micros(terms.opens_at * 1_000_000),
        closes_at=clock.from_micros(terms.closes_at * 1_000_000),
        document=terms.document,
        grid=tuple((band.from_ticks, band.step_ticks) for band in terms.grid),
    )


async def _published(tx: transaction.Tx, hearing: Hearing, run: Sequence[to_customer.DocumentPublished]) -> None:
    found = [ports.Published(each.document, each.size, words.DocumentKind(each.kind).name.lower()) for each in run]
    await hearing.markets.published(tx, found)


def _moved(state: str) -> Handler:
    async def handler(tx: transaction.Tx, hearing: Hearing, run: Sequence[Any]) -> None:
        for each in run:
            await hearing.markets.state_changed(tx, each.instrument, state)

    return handler


async def _signed_heads(tx: transaction.Tx, hearing: Hearing, run: Sequence[to_customer.SignedHeads]) -> None:
    for each in run:
        await heads.hear(tx, hearing.channel, hearing.place, each, hearing.signers, hearing.time.now())


async def _checkpoint(tx: transaction.Tx, hearing: Hearing, run: Sequence[to_customer.Checkpoint]) -> None:
    for each in run:
        await checkpoints.hear(tx, hearing.channel, hearing.place, each)


async def _outcome(_tx: transaction.Tx, _hearing: Hearing, _run: Sequence[Any]) -> None:
    """Written with all other outcomes of the core."""


HANDLERS: Mapping[type[messages.Message], Handler] = {
    **dict.fromkeys(_OUTCOME, _outcome),
    to_customer.RefsIssued: _refs_issued,
    to_customer.WalletRegistered: _wallets_registered,
    to_customer.DocumentPublished: _published,
    to_customer.InstrumentListed: _listed,
    to_customer.InstrumentChanged: _listed,
    to_customer.InstrumentHalted: _moved("halted"),
    to_customer.InstrumentResumed: _moved("listed"),
    to_customer.InstrumentDelisted: _moved("delisted"),
    to_customer.InstrumentClosed: _moved("closed"),
    to_customer.SignedHeads: _signed_heads,
    to_customer.Checkpoint: _checkpoint,
}
