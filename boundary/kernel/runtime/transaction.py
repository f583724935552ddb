"""Entry points open transactions, nobody else: `await db.run("orders.place", work)`.

Each transaction has a name, a bound on its time and a bounded number of repeats when the database asks for one
(deadlock, serialization failure). It is committed before anybody is answered, and a COMMIT is believed only when
the server says the word: an aborted transaction answers it with ROLLBACK, and a lost connection with nothing, which
is `OutcomeUnknown` and never repeated blindly. `work` may run more than once, so its effects are rows and nothing
else. `db.batch` groups concurrent calls into one such transaction.
"""

import asyncio
import contextlib
import random  # noqa: TID251 -- jitter between repeats; nothing depends on it
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import asyncpg
import prometheus_client
import sqlalchemy as sa
from asyncpg.pool import PoolConnectionProxy

from boundary.kernel import errors
from boundary.kernel.runtime import batch, statements

T = TypeVar("T")
Item = TypeVar("Item")
Record = asyncpg.Record
BrokenCheck = asyncpg.CheckViolationError
"""What a check of the database is broken with; a repo that knows its functions' words may say what was refused."""

ATTEMPTS = 5
WORK_SECONDS = 10
ACQUIRE_SECONDS = 10
CLOSE_SECONDS = 10
ANSWER_SECONDS = 10
"""How long the server may take to answer BEGIN, COMMIT and ROLLBACK before the connection counts as lost."""
SESSION = {
    "timezone": "UTC",
    "lock_timeout": "3s",
    "statement_timeout": "5s",
    "idle_in_transaction_session_timeout": "5s",
    "default_transaction_isolation": "read committed",
    "jit": "off",  # statements are short here: compiling one, or starting workers for it, costs more than it saves
    "max_parallel_workers_per_gather": "0",
}
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_SECONDS = prometheus_client.Histogram("transaction_seconds", "Time from BEGIN to the answer to COMMIT", ["name"])
_REPEATS = prometheus_client.Counter(
    "transaction_repeats", "Transactions run again at the database's request", ["name"]
)
_REPEATABLE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_TOO_SLOW = (
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionTimeoutError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
_GONE = (
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,  # a server that says goodbye to an idle connection leaves the driver in this state
    OSError,
    TimeoutError,
)
_REFUSED = (asyncpg.PostgresError, ValueError)


SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ"
"""How a transaction begins that writes, and sees one state throughout."""


class Busy(errors.Unavailable):
    """The database kept asking for a repeat. Nothing was done; the same request may be sent again."""

    code = "database_busy"


class Refused(errors.Unavailable):
    """There is a database server, but it does not let us in as we are: address, name or password are wrong."""

    code = "database_refused"


class Down(errors.Unavailable):
    """The database cannot be reached. Nothing was done."""

    code = "database_unavailable"


class TooSlow(errors.Unavailable):
    """The transaction passed its time bound or waited too long for a lock. Nothing was done."""

    code = "database_timeout"


class CommitUnknown(errors.OutcomeUnknown):
    """The connection was lost between COMMIT and its answer. Read back before repeating."""


class NotCommitted(errors.Unavailable):
    """The server answered COMMIT with ROLLBACK: an error inside was passed over. Nothing was done."""

    code = "not_committed"


class Tx:
    """An open transaction. Handed to services, which read and write through it and never end it."""

    __slots__ = ("connection", "name")

    def __init__(self, connection: "PoolConnectionProxy[Record]", name: str) -> None:
        self.connection = connection
        self.name = name

    async def fetch(self, statement: sa.Executable | str, *args: object, **values: object) -> list[Record]:
        text, arguments = _prepare(statement, args, values)
        return await self.connection.fetch(text, *arguments)

    async def row(self, statement: sa.Executable | str, *args: object, **values: object) -> Record | None:
        text, arguments = _prepare(statement, args, values)
        return await self.connection.fetchrow(text, *arguments)

    async def value(self, statement: sa.Executable | str, *args: object, **values: object) -> Any:
        text, arguments = _prepare(statement, args, values)
        return await self.connection.fetchval(text, *arguments)

    async def execute(self, statement: sa.Executable | str, *args: object, **values: object) -> int:
        """Run, and say how many rows were touched."""
        text, arguments = _prepare(statement, args, values)
        status = await self.connection.execute(text, *arguments)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0

    async def insert(self, table: sa.Table, **values: object) -> None:
        statement = statements.insert(table, tuple(values))
        await self.connection.execute(statement.text, *statement.arguments(values))

    async def insert_many(self, table: sa.Table, types: tuple[str, ...], **columns: list[Any]) -> None:
        """One round trip and one statement for all rows; `types` are the PostgreSQL types of the arrays."""
        await self.connection.execute(statements.insert_many(table, tuple(columns), types), *columns.values())


class Look(Tx):
    """Single statements, each of which sees the present. It only reads, so there is nothing to commit."""

    __slots__ = ()

    async def fetch(self, statement: sa.Executable | str, *args: object, **values: object) -> list[Record]:
        _only_reads(statement)
        return await super().fetch(statement, *args, **values)

    async def row(self, statement: sa.Executable | str, *args: object, **values: object) -> Record | None:
        _only_reads(statement)
        return await super().row(statement, *args, **values)

    async def value(self, statement: sa.Executable | str, *args: object, **values: object) -> Any:
        _only_reads(statement)
        return await super().value(statement, *args, **values)

    async def execute(self, statement: sa.Executable | str, *args: object, **values: object) -> int:
        _only_reads(statement)
        return await super().execute(statement, *args, **values)

    async def insert(self, table: sa.Table, **_: object) -> None:
        raise AssertionError(f"a look writes nothing, and {table.name} least of all")

    async def insert_many(self, table: sa.Table, types: tuple[str, ...], **_: list[Any]) -> None:
        raise AssertionError(f"a look writes nothing, and {table.name} least of all {types}")


def _only_reads(statement: sa.Executable | str) -> None:
    """A guard against our own mistakes: what would write has to be in a transaction."""
    if not (isinstance(statement, str) and statement.lstrip().startswith("SELECT") and " FOR " not in statement):
        raise AssertionError("a look is made of plain SELECT statements")


def _prepare(statement: sa.Executable | str, args: tuple[object, ...], values: dict[str, object]) -> tuple[str, Any]:
    if isinstance(statement, str):
        return statement, args
    compiled = statements.compiled(statement)
    return compiled.text, compiled.arguments(values)


class _Connection(asyncpg.Connection):
    """A transaction leaves nothing behind in the session, so nothing needs resetting between two of them."""

    def get_reset_query(self) -> str:
        return ""


async def connect(dsn: str, *, application: str, size: int = 8) -> "Database":
    """Open the pool. TLS is demanded everywhere but on loopback, unless the address itself says otherwise.

    The pool opens all its connections at once and replaces a lost one when it is next needed. The driver's own upkeep
    stays off: it works in the background, where nobody hears of its failures but the log.
    """
    try:
        pool = await asyncpg.create_pool(
            dsn,
            min_size=0,
            init_size=size,
            max_size=size,
            max_inactive_connection_lifetime=0,
            ssl=_tls(dsn),
            timeout=ACQUIRE_SECONDS,
            connection_class=_Connection,
            server_settings={"application_name": application, **SESSION},
        )
    except (*_GONE, *_REFUSED) as error:
        raise _no_connection(error) from None
    return Database(pool)


async def connect_alone(dsn: str) -> "asyncpg.Connection[Record]":
    """One connection outside every pool, for migrations."""
    try:
        return await asyncpg.connect(dsn, ssl=_tls(dsn), timeout=ACQUIRE_SECONDS)
    except (*_GONE, *_REFUSED) as error:
        raise _no_connection(error) from None


@contextlib.asynccontextmanager
async def undone(connection: Any, *, reading: bool = False) -> AsyncIterator[None]:
    """Whatever is done inside is rolled back: for who looks, and for who tries what must not work.

    Reading sees one state of the database throughout, and cannot write.
    """
    attempt = (
        connection.transaction(isolation="repeatable_read", readonly=True) if reading else connection.transaction()
    )
    await attempt.start()
    try:
        yield
    finally:
        await attempt.rollback()


def _tls(dsn: str) -> Literal["require", False] | None:
    """What the driver is told about TLS: a local socket needs none, and the operator's own `sslmode` goes first."""
    if "sslmode=" in dsn:
        return None
    return False if (urlsplit(dsn).hostname or "localhost") in _LOOPBACK else "require"


def _no_connection(error: Exception) -> errors.Unavailable:
    if isinstance(error, _GONE) and not isinstance(error, asyncpg.ClientConfigurationError):
        return Down("the database cannot be reached")
    return Refused(f"the database refuses this login or address: {type(error).__name__}")


class Database:
    """One asyncpg pool for one process. Everything it does is a named transaction."""

    def __init__(self, pool: "asyncpg.Pool[Record]") -> None:
        self._pool = pool
        self._batches: list[batch.Batch[Any, Any]] = []

    async def run(
        self,
        name: str,
        work: Callable[[Tx], Awaitable[T]],
        *,
        begin: str = "BEGIN",
        seconds_max: int | None = None,
    ) -> T:
        """Run `work` in one transaction; its answer is returned only after the server confirmed COMMIT."""
        for attempt in range(1, ATTEMPTS + 1):
            started = time.perf_counter()
            try:
                async with self._connection() as connection:
                    return await _once(connection, name, work, begin, seconds_max)
            except _REPEATABLE:
                _REPEATS.labels(name).inc()
                if attempt == ATTEMPTS:
                    raise Busy("the database is busy, please try again") from None
            except asyncpg.InsufficientResourcesError:
                raise Busy("the database has no room for this now, please try again") from None
            except _TOO_SLOW:
                raise TooSlow("the operation took too long and was not done") from None
            finally:
                _SECONDS.labels(name).observe(time.perf_counter() - started)
            await asyncio.sleep(0.005 * 2**attempt * random.random())  # noqa: S311 -- jitter
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def read(self, name: str, work: Callable[[Tx], Awaitable[T]], *, seconds_max: int | None = None) -> T:
        """A transaction that cannot write and sees one state throughout."""
        return await self.run(
            name, work, begin="BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", seconds_max=seconds_max
        )

    async def look(self, name: str, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Statements that read, without a transaction around them: half the round trips, for what is asked at every
        request. Each sees the present, as it would under READ COMMITTED.
        """
        return await self.run(name, work, begin="")

    def batch(
        self,
        name: str,
        work: Callable[[Tx, list[Item]], Awaitable[list[T | errors.Refusal]]],
        *,
        size_max: int = 500,
        looks: bool = False,
    ) -> batch.Batch[Item, T]:
        """Group concurrent calls into one transaction, or into one look; see `batch`."""
        group: batch.Batch[Item, T] = batch.Batch(self.look if looks else self.run, name, work, size_max)
        self._batches.append(group)
        return group

    async def ping(self) -> None:
        """Raises if the database does not answer."""
        async with self._connection() as connection:
            await connection.execute("SELECT 1", timeout=ANSWER_SECONDS)

    async def close(self) -> None:
        for group in self._batches:
            await group.close()
        try:
            await asyncio.wait_for(self._pool.close(), timeout=CLOSE_SECONDS)
        except TimeoutError:
            self._pool.terminate()

    @contextlib.asynccontextmanager
    async def _connection(self) -> "AsyncIterator[PoolConnectionProxy[Record]]":
        try:
            connection = await self._pool.acquire(timeout=ACQUIRE_SECONDS)
        except TimeoutError:
            if self._pool.get_size() == self._pool.get_max_size():
                raise Busy("all connections to the database are in use, please try again") from None
            raise Down("the database cannot be reached") from None
        except _GONE:
            raise Down("the database cannot be reached") from None
        except _REFUSED:  # callers of an API may hear this: why is for whoever starts the process
            raise Refused("the database refuses this process") from None
        try:
            yield connection
        finally:
            with contextlib.suppress(*_GONE):  # a connection that breaks now was of use: what it committed stands
                await self._pool.release(connection)


async def _once(
    connection: "PoolConnectionProxy[Record]",
    name: str,
    work: Callable[[Tx], Awaitable[T]],
    begin: str,
    seconds_max: int | None,
) -> T:
    bound = asyncio.timeout(WORK_SECONDS if seconds_max is None else seconds_max + ANSWER_SECONDS)
    try:
        async with bound:
            if not begin:
                return await work(Look(connection, name))
            await connection.execute(begin)
            if seconds_max is not None:
                await connection.execute(f"SET LOCAL statement_timeout = '{seconds_max:d}s'")
            result = await work(Tx(connection, name))
    except BaseException as error:
        await _roll_back(connection)
        if isinstance(error, TimeoutError) and bound.expired():
            raise TooSlow("the operation took too long and was not done") from None
        if isinstance(error, _GONE) and _is_lost(connection):
            raise Down("the database connection was lost; nothing was done") from None
        raise
    await _commit(connection)
    return result


async def _commit(connection: "PoolConnectionProxy[Record]") -> None:
    if _is_lost(connection):
        raise Down("the database connection was lost; nothing was done")
    try:
        word = await connection.execute("COMMIT", timeout=ANSWER_SECONDS)
    except BaseException as error:
        if isinstance(error, asyncpg.PostgresError) and not isinstance(error, _GONE):
            raise  # the server's own answer: it has rolled back
        sent = not isinstance(error, asyncpg.InterfaceError) or _is_lost(connection)
        _terminate(connection)  # whatever state it is in, nobody may find it in the pool
        if sent and isinstance(error, _GONE):
            raise CommitUnknown("the connection was lost while confirming; read back before repeating") from None
        raise
    if word != "COMMIT":
        raise NotCommitted("the operation was not done")


async def _roll_back(connection: "PoolConnectionProxy[Record]") -> None:
    try:
        await connection.execute("ROLLBACK", timeout=ANSWER_SECONDS)
    except Exception:  # noqa: BLE001 -- what matters is the error that led here
        _terminate(connection)
    except BaseException:
        _terminate(connection)
        raise


def _is_lost(connection: "PoolConnectionProxy[Record]") -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the pool took it back when it broke
        return True


def _terminate(connection: "PoolConnectionProxy[Record]") -> None:
    with contextlib.suppress(asyncpg.InterfaceError):
        connection.terminate()
