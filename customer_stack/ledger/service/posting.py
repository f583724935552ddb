"""Posts batches: hold the accounts, decide in order, write what was decided, tell the audit log.

`post` is for a capability that has its own transaction and its own reasons. `Poster` groups the postings of concurrent
callers, each with an idempotency key, into one transaction: a key is answered once, and whoever comes again with the
same input gets the stored answer.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
import prometheus_client

from boundary.kernel import canonical, clock, errors, ids, primitives
from boundary.kernel.runtime import audit, batch, telemetry, transaction
from customer_stack.ledger import model
from customer_stack.ledger.model import entries, status
from customer_stack.ledger.repo import posting as repo
from customer_stack.ledger.rules import posting, reference

BROKEN = telemetry.Event("ledger.bound_broken", reason=telemetry.Word, count=int)
_POSTED = prometheus_client.Counter("ledger_transfers", "Transfers decided, by whether they were written", ["written"])
_ENDS = model.Flag.POST | model.Flag.VOID
_HASH = primitives.DIGEST_SIZE
EXPIRED_AT_ONCE = 1000


class TooMany(errors.TooLarge):
    """More transfers than one batch may hold."""

    code = "ledger_batch_too_large"


class ChainOpen(errors.Invalid):
    """The last transfer of a command is linked to one that does not follow."""

    code = "ledger_chain_open"


class KeyReused(errors.Conflict):
    """The idempotency key came before with other transfers. A new command has a new key."""

    code = "ledger_key_reused"


class NotPosted(errors.Conflict):
    """The ledger refused; the fact `reason` says why, `index` which transfer. Nothing was written."""

    code = "ledger_not_posted"


class Command(msgspec.Struct, frozen=True):
    """Transfers that are asked for under one name. The key is the caller's, within a scope that is the asker's own."""

    scope: UUID
    key: str
    transfers: tuple[model.Transfer, ...]


class _Answer(msgspec.Struct, frozen=True, array_like=True, tag="ledger.answer.v1"):
    """What is stored of an answer: a status for each transfer, in order."""

    statuses: tuple[str, ...]


class _Named(NamedTuple):
    key: bytes
    input: bytes
    command: Command


async def post(tx: transaction.Tx, wanted: Sequence[model.Transfer], now: datetime) -> list[model.Result]:
    """Answer every transfer, in order; a refused one does not sink the others unless they are linked."""
    if len(wanted) > model.BATCH_MAX:
        raise TooMany("too many transfers for one batch", count_max=model.BATCH_MAX)
    if not wanted:
        return []
    decision, at = await _plainly(tx, wanted, now) or await _by_the_rules(tx, wanted, now)
    await _tell(tx, decision, wanted, at)
    _POSTED.labels("yes").inc(len(decision.applied))
    _POSTED.labels("no").inc(sum(answer is not status.Status.CREATED for answer in decision.statuses))
    return [model.Result(each.id, answer) for each, answer in zip(wanted, decision.statuses, strict=True)]


async def post_all(tx: transaction.Tx, wanted: Sequence[model.Transfer], now: datetime) -> None:
    """All of them or, by an exception that undoes the caller's transaction, nothing. Those that exist already count."""
    for index, result in enumerate(await post(tx, wanted, now)):
        if result.status not in {status.Status.CREATED, status.Status.EXISTS}:
            raise NotPosted("the ledger refuses the transfer", reason=result.status.value, index=index)


async def _plainly(
    tx: transaction.Tx, wanted: Sequence[model.Transfer], now: datetime
) -> tuple[posting.Decision, datetime] | None:
    """One call for a batch against which nothing can be said, which is most of them; nothing is done for any other."""
    rows = posting.plain(wanted)
    at = await repo.post(tx, now, rows) if rows else None
    if rows is None or at is None:
        return None
    return posting.Decision([status.Status.CREATED] * len(rows), rows, [], [], [], []), at


async def _by_the_rules(
    tx: transaction.Tx, wanted: Sequence[model.Transfer], now: datetime
) -> tuple[posting.Decision, datetime]:
    books, at = await _books(tx, wanted, now)
    decision = posting.decide(books, wanted, at)
    await _write(tx, decision, at)
    return decision, at


async def _books(
    tx: transaction.Tx, wanted: Sequence[model.Transfer], now: datetime
) -> tuple[reference.Books, datetime]:
    """The part of the books that these transfers speak of. No account's time goes backwards, whatever the clock does."""
    accounts = {account for each in wanted for account in (each.debit, each.credit)} - {model.NIL, model.ID_MAX}
    pendings = {each.pending_id for each in wanted if each.pending_id != model.NIL}
    reversed_ = {each.reverses for each in wanted if each.reverses != model.NIL}
    held = await repo.hold(tx, accounts, pendings)
    books = reference.Books(accounts=held.accounts)
    await repo.known(tx, {each.id for each in wanted} | pendings | reversed_, reversed_, books)
    further = {each.pending_id for each in books.transfers.values()} - books.transfers.keys() - {model.NIL}
    if further:
        await repo.known(tx, further, (), books)
    for id_ in pendings & books.pending.keys():  # one that was committed after we took our locks: not there for us yet
        if not {books.transfers[id_].debit, books.transfers[id_].credit} <= held.accounts.keys():
            del books.transfers[id_], books.pending[id_]
    return books, max(now, held.last_at or now)


async def _write(tx: transaction.Tx, decision: posting.Decision, at: datetime) -> None:
    if decision.applied:
        await repo.apply(tx, at, decision.applied)
    if decision.failed:
        await repo.refuse(tx, at, decision.failed)
    if decision.closed or decision.opened:
        await repo.close(tx, decision.closed, decision.opened)
    if decision.alarms:
        await repo.alarm(tx, decision.alarms)
        telemetry.emit(BROKEN, "error", reason=telemetry.Word("bound"), count=len(decision.alarms))


async def _tell(tx: transaction.Tx, decision: posting.Decision, wanted: Sequence[model.Transfer], at: datetime) -> None:
    """One entry for the batch, or for every five hundred of it, with the hash of each transfer."""
    micros = clock.to_micros(at)
    items = [entries.item(row.transfer, row.released, micros) for row in decision.applied]
    spent = set(decision.failed)
    reasons = {each.id: answer for each, answer in zip(wanted, decision.statuses, strict=True) if each.id in spent}
    failed = [primitives.sha256(each.bytes + reasons[each].value.encode()) for each in decision.failed]
    told: list[entries.TransfersPosted | entries.TransfersFailed | entries.BoundBroken] = [
        entries.TransfersPosted(micros, len(part) // _HASH, part) for part in _parts(items)
    ]
    told += [entries.TransfersFailed(micros, len(part) // _HASH, part) for part in _parts(failed)]
    told += [entries.BoundBroken(each.transfer, each.account) for each in decision.alarms]
    if told:
        await audit.write_many(tx, told)


def _parts(hashes: Sequence[bytes]) -> Iterable[bytes]:
    return (b"".join(hashes[start : start + entries.HASHES_MAX]) for start in range(0, len(hashes), entries.HASHES_MAX))


async def execute(
    tx: transaction.Tx, commands: Sequence[Command], now: datetime
) -> list[list[model.Result] | errors.Refusal]:
    """One answer for each command: what became of its transfers, now or when its key came first."""
    answers: dict[int, list[model.Result] | errors.Refusal] = {}
    named = [_named(command) for command in commands]
    stored = await repo.recall(tx, [each.key for each in named])
    fresh: dict[bytes, list[int]] = {}
    for index, each in enumerate(named):
        earlier = stored.get(each.key)
        if earlier is not None:
            answers[index] = _again(each, *earlier)
        elif any(transfer.verdict is not None for transfer in each.command.transfers):
            answers[index] = model.NotCleared("a verdict holds in its own transaction alone")
        elif not each.command.transfers or each.command.transfers[-1].flags & model.Flag.LINKED:
            answers[index] = ChainOpen("a chain is closed by a transfer that is not linked")
        else:
            fresh.setdefault(each.key, []).append(index)
    first = [named[indexes[0]] for indexes in fresh.values()]
    results = iter(await post(tx, [transfer for each in first for transfer in each.command.transfers], now))
    done = {each.key: [next(results) for _ in each.command.transfers] for each in first}
    if first:
        await repo.remember(tx, [(each.key, each.input, _packed(done[each.key])) for each in first])
    for key, indexes in fresh.items():
        for index in indexes:
            same = named[index].input == named[indexes[0]].input
            answers[index] = done[key] if same else KeyReused("this key came before with other transfers")
    return [answers[index] for index in range(len(commands))]


def _named(command: Command) -> _Named:
    key = primitives.sha256(command.scope.bytes + command.key.encode())
    packed = b"".join(msgspec.msgpack.encode(_comparable(each)) for each in command.transfers)
    return _Named(key, primitives.sha256(packed), command)


def _comparable(transfer: model.Transfer) -> tuple[object, ...]:
    """All that was asked for. Amounts may pass 64 bits, so they are compared as text."""
    values = msgspec.structs.asdict(transfer) | {"amount": str(transfer.amount)}
    expect = transfer.expect
    values["expect"] = expect and (expect.account, str(expect.version), str(expect.balance))
    return tuple(values.values())


def _packed(results: Sequence[model.Result]) -> bytes:
    return canonical.pack(_Answer(tuple(each.status.value for each in results)))


def _again(named: _Named, input_: bytes, answer: bytes) -> list[model.Result] | errors.Refusal:
    if input_ != named.input:
        return KeyReused("this key came before with other transfers")
    statuses = canonical.unpack(answer, _Answer).statuses
    return [
        model.Result(each.id, status.Status(said)) for each, said in zip(named.command.transfers, statuses, strict=True)
    ]


class Poster:
    """Group commit for callers that have no transaction of their own. Made once per process."""

    def __init__(self, db: transaction.Database, time: clock.Clock) -> None:
        async def work(tx: transaction.Tx, commands: list[Command]) -> list[list[model.Result] | errors.Refusal]:
            return await execute(tx, commands, time.now())

        self._group: batch.Batch[Command, list[model.Result]] = db.batch("ledger.post", work)

    async def submit(self, command: Command) -> list[model.Result]:
        """Answered when the posting is committed."""
        return await self._group.submit(command)


async def expire(tx: transaction.Tx, now: datetime, random: ids.Ids) -> int:
    """Release what was pending for too long, a bounded number at a time; how many."""
    overdue = await repo.due(tx, now, EXPIRED_AT_ONCE)
    if not overdue:
        return 0
    held = await repo.hold(tx, (), overdue)
    books = reference.Books(accounts=held.accounts)
    await repo.known(tx, overdue, (), books)
    at = max(now, held.last_at or now)
    live = [id_ for id_ in overdue if id_ in books.pending and books.pending[id_][0] is model.Resolution.PENDING]
    applied = [_expiry(books.transfers[id_], index, random.ordered()) for index, id_ in enumerate(live)]
    before = {id_: account.flags for id_, account in books.accounts.items()}
    books.pending = {id_: books.pending[id_] for id_ in live}
    books.expire(now)
    opened = [id_ for id_, account in books.accounts.items() if account.flags != before[id_]]
    decision = posting.Decision([], applied, [], [], [], opened)
    await _write(tx, decision, at)
    await _tell(tx, decision, [], at)
    _POSTED.labels("yes").inc(len(applied))
    return len(applied)


def _expiry(pending: model.Transfer, index: int, id_: UUID) -> model.Applied:
    made = model.Transfer(
        id=id_,
        debit=pending.debit,
        credit=pending.credit,
        amount=pending.amount,
        asset=pending.asset,
        code=pending.code,
        flags=int(model.Flag.EXPIRE),
        pending_id=pending.id,
        reference=pending.reference,
    )
    return model.Applied(made, pending.amount, index)
