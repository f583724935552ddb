"""Conversions: clearance, the quote's use, the postings, the receipt and the audit entry are one transaction.

`convert` takes a batch and answers each command, so that concurrent customers share a commit; one that is refused does
not sink the rest. A command that comes again under its key gets the conversion that it made the first time.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import prometheus_client

from boundary.kernel import clock, errors, primitives
from boundary.kernel.runtime import audit, batch, transaction
from customer_stack.fx import model, ports
from customer_stack.fx.formats import documents
from customer_stack.fx.model import entries, refusals
from customer_stack.fx.repo import conversions as repo
from customer_stack.fx.repo import quotes as quotes_repo
from customer_stack.fx.repo import rates as rates_repo
from customer_stack.fx.rules import postings
from customer_stack.fx.service import house, quotes
from customer_stack.ledger import model as ledger
from customer_stack.ledger.model import status
from customer_stack.ledger.service import posting

BATCH_MAX = 250
_CONVERSIONS = prometheus_client.Counter("fx_conversions", "Conversions decided, by outcome", ["outcome"])
_HASH = primitives.DIGEST_SIZE

Answer = model.Conversion | errors.Refusal


class Command(NamedTuple):
    """Use a quote. The key is the caller's name for it, made unique to them; `input` the digest of all they sent."""

    account: UUID
    quote: UUID
    key: bytes
    input: bytes


class _Case(NamedTuple):
    """A command that nothing speaks against so far."""

    place: int
    command: Command
    quote: model.Quote
    conversion: UUID
    assets: postings.Assets


async def convert(tx: transaction.Tx, desk: quotes.Desk, commands: Sequence[Command]) -> list[Answer]:
    """One answer for each command, in order. Whatever a refusal has to leave behind is committed with it."""
    answers: dict[int, Answer] = {}
    held = await quotes_repo.lock(tx, [command.quote for command in commands])
    recalled = await repo.recall(tx, [command.key for command in commands])  # now that nobody else is at these quotes
    for index, command in enumerate(commands):
        earlier = recalled.get(command.key)
        if earlier is not None:
            answers[index] = _again(command, earlier)
    now = await rates_repo.moment(tx)
    known = await desk.house.known(tx, {code for quote in held.values() for code in (quote.sell, quote.buy)})
    cases: dict[UUID, _Case] = {}
    for index, command in enumerate(commands):
        if index in answers:
            continue
        refusal = _refused(command, held.get(command.quote), now, cases)
        if refusal is None:
            quote = held[command.quote]
            assets = postings.Assets(known.assets[quote.sell].number, known.assets[quote.buy].number)
            cases[quote.id] = _Case(index, command, quote, desk.ids.ordered(), assets)
        else:
            answers[index] = refusal
    if cases:
        answers |= await _done(tx, desk, list(cases.values()), known, now)
        answers |= _doubled(commands, answers, cases)
    await rates_repo.raise_high(tx, now)
    for answer in answers.values():
        _CONVERSIONS.labels(answer.code if isinstance(answer, errors.Refusal) else "done").inc()
    return [answers[index] for index in range(len(commands))]


def _again(command: Command, earlier: repo.Kept) -> Answer:
    if earlier.input != command.input or earlier.conversion.account != command.account:
        return refusals.KeyReused("the key named another conversion before")
    return earlier.conversion


def _refused(
    command: Command, quote: model.Quote | None, now: datetime, cases: dict[UUID, _Case]
) -> errors.Refusal | None:
    """What speaks against a command at first sight. Over is over: at the last microsecond it is not used any more."""
    if quote is None or quote.account != command.account:
        return refusals.QuoteUnknown("there is no such quote")
    if quote.id in cases:
        return refusals.QuoteUsed("the quote was used")
    refusal = quotes.refused(quote)
    if refusal is None and now >= quote.expires_at:
        return refusals.QuoteExpired("the quote's time is over")
    return refusal


def _doubled(commands: Sequence[Command], answers: dict[int, Answer], cases: dict[UUID, _Case]) -> dict[int, Answer]:
    """The same command twice in one batch is one command; and where the first was refused, a quote is not yet used."""
    changed: dict[int, Answer] = {}
    for index, command in enumerate(commands):
        case = cases.get(command.quote)
        if case is None or case.place == index or not isinstance(answers[index], refusals.QuoteUsed):
            continue
        first = answers[case.place]
        if command.key == case.command.key:
            same = command.input == case.command.input
            changed[index] = first if same else refusals.KeyReused("the key named another conversion before")
        elif isinstance(first, errors.Refusal):
            changed[index] = first
    return changed


async def _done(
    tx: transaction.Tx, desk: quotes.Desk, cases: list[_Case], known: house.Known, now: datetime
) -> dict[int, Answer]:
    """Clear, post, and write down what was posted."""
    answers: dict[int, Answer] = {}
    verdicts = await _cleared(tx, desk, cases, now)
    chains: list[tuple[_Case, UUID, list[ledger.Transfer]]] = []
    for case in cases:
        verdict = verdicts.get(case.quote.id)
        refusal = refusals.NotCleared("clearance gave no verdict") if verdict is None else verdict.refusal
        if verdict is None or refusal is not None:
            answers[case.place] = refusal or refusals.NotCleared()
            continue
        chain = postings.conversion(case.quote, verdict.id, case.assets, known.accounts, desk.ids)
        chains.append((case, verdict.id, chain))
    results = iter(await posting.post(tx, [each for _, _, chain in chains for each in chain], now))
    made: list[tuple[_Case, repo.Kept]] = []
    for case, verdict_id, chain in chains:
        reasons = [next(results).status for _ in chain]
        if all(reason is status.Status.CREATED for reason in reasons):
            made.append((case, _kept(case, verdict_id, chain, now)))
        else:
            answers[case.place] = _not_posted(reasons)
    if made:
        await _record(tx, made, now)
    return answers | {case.place: kept.conversion for case, kept in made}


async def _cleared(
    tx: transaction.Tx, desk: quotes.Desk, cases: list[_Case], now: datetime
) -> dict[UUID, ports.Verdict]:
    if desk.clearance is None:
        raise refusals.ClearanceMissing("nothing here can clear operations, so none is done")
    wanted = [
        model.Operation(
            id=case.quote.id,
            kind=model.OperationKind.CONVERSION,
            account=case.command.account,
            ledger_account=case.quote.sell_account,
            amount=case.quote.sell_units,
            asset=case.assets.sell,
        )
        for case in cases
    ]
    return {verdict.operation: verdict for verdict in await desk.clearance.evaluate(tx, wanted, now)}


def _not_posted(reasons: Sequence[status.Status]) -> errors.Refusal:
    quiet = {status.Status.CREATED, status.Status.LINKED_EVENT_FAILED}
    reason = next((each for each in reasons if each not in quiet), status.Status.LINKED_EVENT_FAILED)
    return refusals.NotPosted("the ledger refuses the conversion", reason=reason.value)


def _kept(case: _Case, verdict: UUID, chain: Sequence[ledger.Transfer], now: datetime) -> repo.Kept:
    receipt = documents.receipt(case.quote, case.conversion, [each.id for each in chain], now)
    made = model.Conversion(case.conversion, case.quote.id, case.command.account, verdict, now, receipt)
    return repo.Kept(made, case.command.key, case.command.input)


async def _record(tx: transaction.Tx, made: list[tuple[_Case, repo.Kept]], now: datetime) -> None:
    """Use the quotes, keep the conversions, and count them in volumes and positions."""
    used = [case.quote for case, _ in made]
    if await quotes_repo.end(tx, used, model.QuoteState.USED, now) != len(used):
        raise AssertionError("a quote that is locked and active was not used")
    if await repo.add(tx, [kept for _, kept in made]) != len(made):
        raise refusals.KeyReused("the key named another conversion before")
    volumes: dict[UUID, int] = {}
    moves: dict[model.Pair, tuple[int, int]] = {}
    for quote in used:
        volumes[quote.account] = volumes.get(quote.account, 0) + quote.volume
        base, other = moves.get(quote.pair, (0, 0))
        by = postings.moved(quote)
        moves[quote.pair] = (base + by.base_units, other + by.quote_units)
    await repo.count_volumes(tx, repo.first_of_month(now), volumes)
    await repo.move(tx, moves)
    digests = [primitives.sha256(kept.conversion.receipt) for _, kept in made]
    for start in range(0, len(digests), entries.HASHES_MAX):
        part = b"".join(digests[start : start + entries.HASHES_MAX])
        await audit.write(tx, entries.Converted(clock.to_micros(now), len(part) // _HASH, part))


async def one(tx: transaction.Tx, account: UUID, number: UUID) -> tuple[model.Conversion, model.Quote]:
    """A conversion of the customer's own, and its quote."""
    found = await repo.find(tx, number)
    if found is None or found.account != account:
        raise refusals.ConversionUnknown("there is no such conversion")
    return found, (await quotes_repo.find(tx, [found.quote]))[found.quote]


async def listed(
    tx: transaction.Tx, account: UUID, before: UUID | None, limit: int
) -> list[tuple[model.Conversion, model.Quote]]:
    """Newest first, each with its quote."""
    found = await repo.listed(tx, account, before, limit)
    used = await quotes_repo.find(tx, [each.quote for each in found])
    return [(each, used[each.quote]) for each in found]


async def of_quotes(tx: transaction.Tx, numbers: Sequence[UUID]) -> dict[UUID, model.Conversion]:
    """By quote, the conversion that used it."""
    return await repo.of_quotes(tx, numbers)


class _Asked(NamedTuple):
    """A command, and what clears it: the route that asks is handed clearance, this capability is not."""

    command: Command
    clearance: ports.Clearance | None


class Converter:
    """Group commit for the API. Made once per process, which has one clearance."""

    def __init__(self, db: transaction.Database, desk: quotes.Desk) -> None:
        async def work(tx: transaction.Tx, asked: list[_Asked]) -> list[Answer]:
            clearance = next((each.clearance for each in asked if each.clearance is not None), desk.clearance)
            return await convert(tx, desk._replace(clearance=clearance), [each.command for each in asked])

        self._group: batch.Batch[_Asked, model.Conversion] = db.batch("fx.convert", work, size_max=BATCH_MAX)

    async def submit(self, command: Command, clearance: ports.Clearance | None = None) -> model.Conversion:
        """Answered when the conversion is committed."""
        return await self._group.submit(_Asked(command, clearance))
