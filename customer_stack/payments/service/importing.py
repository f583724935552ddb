"""Statements: handed in as a file of any length, kept sealed in pieces, booked line by line by a job that may die.

The same file is taken once, by its digest. Before a line is booked the whole file has been read: one that is cut or
broken at its end is refused and books nothing. Then lines are booked a thousand at a time, each thousand with the count
of lines dealt with in the same transaction, so whoever goes on knows where.
"""

import functools
import hashlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from uuid import UUID

from boundary.kernel import errors
from boundary.kernel.runtime import audit, jobs, transaction
from customer_stack.payments.formats import camt
from customer_stack.payments.model import deposits as model
from customer_stack.payments.model import entries
from customer_stack.payments.model.deposits import Arrival, Import, ImportState
from customer_stack.payments.model.messages import Line, Sign
from customer_stack.payments.model.payouts import Found, Standing
from customer_stack.payments.repo import deposits as repo
from customer_stack.payments.repo import withdrawals as withdrawals_repo
from customer_stack.payments.service import deposits, sending
from customer_stack.payments.service.wiring import Payments

CONTENT = "payment_statement_part.content"
PART = 60 * 1024
PARTS_AT_ONCE = 32

Progress = Callable[[int], None]


def _silent(_done: int) -> None:
    """No progress bar."""


async def take(db: transaction.Database, pay: Payments, provider: str, data: bytes, staff: UUID) -> Import:
    """Keep a file and promise that it is read. One that came before is told so, and nothing is kept twice."""
    pay.provider(provider)
    pieces = [data[at : at + PART] for at in range(0, len(data), PART)]
    made = Import(
        id=pay.ids.ordered(), provider=provider, digest=hashlib.sha256(data).digest(), size=len(data), parts=len(pieces),
        state=ImportState.WAITING, reason="", lines=0, booked=0, suspense=0, passed=0, created_at=pay.clock.now(),
        ended_at=None,
    )  # fmt: skip

    async def begin(tx: transaction.Tx) -> tuple[Import, int]:
        kept = await repo.add_statement(tx, made, staff)
        if kept.id == made.id:
            await pay.vault.create(tx, made.id)
            await audit.write(tx, entries.StatementTaken(made.id, made.digest, made.size))
        return kept, await repo.parts_there(tx, kept.id)

    kept, there = await db.run("payments.statement.take", begin)
    if there == kept.parts:
        raise model.AlreadyImported("this file was handed in before", id=str(kept.id))
    for first in range(there, len(pieces), PARTS_AT_ONCE):
        some = pieces[first : first + PARTS_AT_ONCE]
        await db.run(
            "payments.statement.part",
            functools.partial(
                _keep, pay=pay, kept=kept.id, first=first, some=some, last=first + len(some) == len(pieces)
            ),
        )
    return kept


async def _keep(tx: transaction.Tx, pay: Payments, kept: UUID, first: int, some: list[bytes], *, last: bool) -> None:
    sealed = [(await pay.vault.seal(tx, kept, {CONTENT: each}))[CONTENT] for each in some]
    await repo.add_parts(tx, kept, first, sealed)
    if last:
        await jobs.enqueue(tx, entries.ReadStatement(kept), pay.ids)


async def read(
    db: transaction.Database, pay: Payments, id_: UUID, until: datetime | None = None, progress: Progress = _silent
) -> bool:
    """Go on with a statement; whether it is dealt with to its end. Past `until` it stops after a whole thousand."""
    found = await db.read("payments.statement", lambda tx: repo.statement(tx, id_))
    if found is None:
        raise model.NoImport("no such statement was handed in")
    if found.ended_at is not None:
        return True
    try:
        if found.state is ImportState.WAITING:
            await _check(db, pay, found)
            await db.run("payments.statement.run", lambda tx: repo.progress(tx, id_, ImportState.RUNNING))
        return await _book(db, pay, found, until, progress)
    except errors.Invalid as refusal:
        reason = str(refusal.facts.get("reason", refusal.code))
        await db.run("payments.statement.refuse", lambda tx: _end(tx, pay, id_, ImportState.REFUSED, reason))
        return True


async def _pieces(db: transaction.Database, pay: Payments, found: Import, first: int) -> bytes:
    async def work(tx: transaction.Tx) -> bytes:
        sealed = await repo.parts(tx, found.id, first, PARTS_AT_ONCE)
        return b"".join([(await pay.vault.open_bytes(tx, found.id, {CONTENT: each}))[CONTENT] for each in sealed])

    return await db.read("payments.statement.pieces", work)


async def _check(db: transaction.Database, pay: Payments, found: Import) -> None:
    """Read it whole, and book nothing."""
    reader = camt.Reader()
    for first in range(0, found.parts, PARTS_AT_ONCE):
        for _ in reader.feed(await _pieces(db, pay, found, first)):
            pass
    for _ in reader.end():
        pass


async def _book(
    db: transaction.Database, pay: Payments, found: Import, until: datetime | None, progress: Progress
) -> bool:
    reader, place, done = camt.Reader(), 0, found.lines
    waiting: list[Line] = []

    async def flush() -> None:
        nonlocal done
        some, waiting[:] = list(waiting[: deposits.AT_ONCE]), waiting[deposits.AT_ONCE :]
        await db.run("payments.statement.book", functools.partial(_thousand, pay=pay, found=found, lines=some))
        done += len(some)
        progress(done)

    for first in range(0, found.parts + PARTS_AT_ONCE, PARTS_AT_ONCE):
        ended = first >= found.parts
        lines: Iterator[Line] = reader.end() if ended else reader.feed(await _pieces(db, pay, found, first))
        for line in lines:
            place += 1
            if place > found.lines:
                waiting.append(line)
        while len(waiting) >= deposits.AT_ONCE:
            await flush()
            if until is not None and pay.clock.now() >= until:
                return False
        if ended:
            break
    if waiting:
        await flush()
    await db.run("payments.statement.end", lambda tx: _end(tx, pay, found.id, ImportState.DONE, ""))
    return True


async def _thousand(tx: transaction.Tx, pay: Payments, found: Import, lines: list[Line]) -> None:
    """Lines and the count of lines, in one transaction."""
    held = await repo.statement(tx, found.id, hold=True)
    assert held is not None, "nobody deletes a statement"
    arrivals = [_arrival(found.provider, each) for each in lines if _is_arrival(each)]
    await deposits.count_in(tx, {each.currency for each in arrivals})
    booked = await deposits.book(tx, pay, found.provider, arrivals)
    for line in lines:
        await _went_out(tx, pay, found.provider, line)
    passed = len(lines) - booked.booked - booked.suspense
    await repo.progress(
        tx,
        found.id,
        ImportState.RUNNING,
        lines=len(lines),
        booked=booked.booked,
        suspense=booked.suspense,
        passed=passed,
    )


def _is_arrival(line: Line) -> bool:
    """A credit that is booked and moves something, and is not a payment of ours that came back."""
    return line.sign is Sign.CREDIT and line.booked and line.minor > 0 and _ours(line) is None


def _ours(line: Line) -> UUID | None:
    """The withdrawal whose key an end-to-end identification is."""
    try:
        return UUID(hex=line.end_to_end) if len(line.end_to_end) == 32 else None
    except ValueError:
        return None


def _arrival(provider: str, line: Line) -> Arrival:
    named = line.reference or f"{line.statement}/{line.number}/{line.remittance}"
    day = line.value_date or line.booked_on or date.min
    return Arrival(
        provider=provider,
        line=deposits.line_of(provider, line.account, named, line.currency, str(line.minor), day.isoformat()),
        currency=line.currency,
        minor=line.minor,
        value_date=day,
        texts=tuple(text for text in (line.structured, line.remittance, line.end_to_end) if text),
        remitter=line.other_name,
    )


async def _went_out(tx: transaction.Tx, pay: Payments, provider: str, line: Line) -> None:
    """A booked debit with our key says that a payout went through, a credit with it that it came back."""
    id_ = _ours(line)
    if id_ is None or not line.booked:
        return
    named = await withdrawals_repo.named(tx, provider, "", id_)
    if named is None:
        return
    if line.sign is Sign.DEBIT and not line.reversal:
        await sending.learn(tx, pay, named, Found(Standing.COMPLETED, code="statement"))
    elif line.sign is Sign.CREDIT:
        code = line.return_reason or "statement"
        await sending.learn(tx, pay, named, Found(Standing.RETURNED, code=code, returned_minor=line.minor))


async def _end(tx: transaction.Tx, pay: Payments, id_: UUID, state: ImportState, reason: str) -> None:
    await repo.progress(tx, id_, state, reason=reason, ended_at=pay.clock.now())
    found = await repo.statement(tx, id_)
    assert found is not None, "nobody deletes a statement"
    await audit.write(tx, entries.StatementEnded(id_, state.value, found.lines, found.booked, found.suspense))


async def listed(tx: transaction.Tx, before: UUID | None, limit: int) -> list[Import]:
    return await repo.statements(tx, before, limit)


async def show(tx: transaction.Tx, id_: UUID) -> Import:
    found = await repo.statement(tx, id_)
    if found is None:
        raise model.NoImport("no such statement was handed in")
    return found
