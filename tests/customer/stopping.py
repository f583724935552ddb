"""A PostgreSQL that stops at once while a transaction stands at a named step, and what is tried again after that."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from boundary.kernel import errors
from deploy.local import postgres
from tests import stacks

DOOR = 7007
PATIENCE = 400
WAIT = f"""
CREATE OR REPLACE FUNCTION wait_at_the_door() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock_shared({DOOR}); RETURN NULL; END $$"""
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted"
Act = Callable[[], Awaitable[Any]]


async def insist(act: Act) -> Any:
    """As whoever does not know how it ended: the same again, until there is an answer."""
    for _ in range(PATIENCE):
        try:
            return await act()
        except (errors.Unavailable, errors.OutcomeUnknown):
            await asyncio.sleep(0.05)
    raise AssertionError("the server did not come back")


async def stopped_at(cluster: postgres.Cluster, schema: stacks.StackDatabase, step: str, act: Act) -> None:
    """Let `act` come as far as `step`, pull the plug there, start the server again, and insist.

    A step is a table that something is written to, or `table=state` for a row that says so.
    """
    table, _, state = step.partition("=")
    when = f"FOR EACH ROW WHEN (NEW.state::text = '{state}')" if state else "FOR EACH STATEMENT"
    events = "INSERT" if state else "INSERT OR UPDATE"
    superuser, door = await schema.superuser(), await schema.superuser()
    await superuser.execute(WAIT)
    await superuser.execute(f"CREATE TRIGGER wait AFTER {events} ON {table} {when} EXECUTE FUNCTION wait_at_the_door()")
    await door.execute(f"SELECT pg_advisory_lock({DOOR})")
    doing = asyncio.ensure_future(act())
    while not await superuser.fetchval(WAITING, DOOR):
        assert not doing.done(), f"{step} was never reached: {doing}"
        await asyncio.sleep(0.02)
    await asyncio.to_thread(cluster.kill)
    await asyncio.to_thread(cluster.start)
    for each in (superuser, door):
        each.terminate()
    await asyncio.gather(doing, return_exceptions=True)
    raw = await _connected(schema)
    await raw.execute(f"DROP TRIGGER wait ON {table}")
    await raw.close()
    await insist(act)


async def _connected(schema: stacks.StackDatabase) -> "asyncpg.Connection[Any]":
    for _ in range(PATIENCE):
        try:
            return await schema.superuser()
        except (OSError, asyncpg.PostgresError):
            await asyncio.sleep(0.05)
    raise AssertionError("the server did not come back")
