"""Requests that are sent twice, to a small app on a real database: one effect, whatever dies in between."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import litestar
import pytest
from hypothesis import given
from hypothesis import strategies as some
from litestar import params

from boundary.kernel import errors
from boundary.kernel.runtime import app as kernel_app
from boundary.kernel.runtime import idempotency, transaction
from tests.boundary.kernel.runtime import loopback
from tests.stacks import StackDatabase

SLOW: list[asyncio.Event] = []
AT_WORK = """
SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND d.datname = current_database()"""
JSON = ("content-type", "application/json")


@litestar.post("/transfers/{to:int}")
async def transfer(
    request: litestar.Request[Any, Any, Any],
    to: params.FromPath[int],
    data: params.JSONBody[list[int]],
    key: idempotency.Key = None,
) -> litestar.Response[Any]:
    """Its effect is a row in the outbox; the account comes in a header, as nobody signs in here."""
    account = uuid.UUID(int=int(request.headers.get("x-account", "1")))
    claim = await idempotency.claim(request, account, key)

    async def work(tx: transaction.Tx) -> tuple[int, Any]:
        number = await tx.value("INSERT INTO outbox (payload) VALUES ($1) RETURNING id", b"x")
        if SLOW:
            await SLOW[0].wait()
        if data == [0]:
            raise errors.Conflict("nothing to move")
        return 201, {"number": number, "to": to, "sum": sum(data)}

    return await idempotency.run(request.app.state.db, "test.transfer", claim, work)


@litestar.post("/other")
async def other(
    request: litestar.Request[Any, Any, Any], data: params.JSONBody[list[int]], key: idempotency.Key = None
) -> litestar.Response[Any]:
    claim = await idempotency.claim(request, uuid.UUID(int=1), key, required=False)

    async def work(tx: transaction.Tx) -> tuple[int, Any]:
        await tx.execute("INSERT INTO outbox (payload) VALUES ($1)", b"x")
        return 200, len(data)

    return await idempotency.run(request.app.state.db, "test.other", claim, work)


@litestar.post("/secrets")
async def secret(
    request: litestar.Request[Any, Any, Any], data: params.JSONBody[list[int]], key: idempotency.Key = None
) -> dict[str, str]:
    claim = await idempotency.claim(request, uuid.UUID(int=1), key, required=False)

    async def work(tx: transaction.Tx) -> dict[str, str]:
        await tx.execute("INSERT INTO outbox (payload) VALUES ($1)", b"x")
        if data == [0]:
            raise errors.Conflict("not now")
        return {"secret": "shown once"}

    return await idempotency.unkept(request.app.state.db, "test.secret", claim, work)


class Shop:
    """The app, and what it did."""

    def __init__(self, client: loopback.Client, db: transaction.Database, superuser: Any) -> None:
        self.client = client
        self.db = db
        self.superuser = superuser

    async def effects(self) -> int:
        return int(await self.superuser.fetchval("SELECT count(*) FROM outbox"))

    async def kept(self) -> int:
        return int(await self.superuser.fetchval("SELECT count(*) FROM idempotency"))

    async def worker(self) -> int:
        """The database session that is at work on a claim, once there is one."""
        while not (pid := await self.superuser.fetchval(AT_WORK)):  # noqa: ASYNC110 -- PostgreSQL sends no event
            await asyncio.sleep(0.01)
        return int(pid)

    async def post(
        self, key: str | None = "k-1", data: Any = (5, 7), path: str = "/transfers/9", account: int = 1
    ) -> loopback.Answer:
        keys = [] if key is None else [("Idempotency-Key", key)]
        body = json.dumps(list(data)).encode()
        return await self.client.request("POST", path, body, JSON, ("x-account", str(account)), *keys)


@pytest.fixture
async def shop(serve: Any, customer_schema: StackDatabase) -> AsyncIterator[Shop]:
    SLOW.clear()
    superuser = await customer_schema.superuser()
    await superuser.execute("GRANT SELECT ON outbox TO customer_api")
    db = await customer_schema.connect("customer_api", size=8)
    app = kernel_app.create(
        title="Shop",
        version="1",
        description="For tests.",
        routes=[transfer, other, secret],
        readiness=kernel_app.Readiness({}),
        state={"db": db},
    )
    yield Shop(await serve(app), db, superuser)
    await superuser.close()
    await db.close()


async def test_a_repetition_gets_the_first_answer_and_has_no_effect(shop: Shop) -> None:
    first, second = await shop.post(), await shop.post()
    assert (first.status, first.header("idempotent-replayed")) == (201, None)
    assert (second.status, second.header("idempotent-replayed")) == (201, "true")
    assert first.body == second.body
    assert second.header("content-type") == "application/json"
    assert await shop.effects() == 1


async def test_an_answer_that_must_stand_nowhere_is_given_once_and_its_effect_is_not_repeated(shop: Shop) -> None:
    first = await shop.post(path="/secrets")
    assert (first.status, first.json) == (201, {"secret": "shown once"})
    assert (await shop.post(path="/secrets")).code == "idempotency_answer_not_kept"
    assert (await shop.post(path="/secrets", data=[1])).code == "idempotency_key_reused"
    assert await shop.effects() == 1
    assert await shop.superuser.fetchval("SELECT body FROM idempotency") == b"null"
    assert (await shop.post(None, path="/secrets")).status == 201
    answers = await asyncio.gather(*(shop.post("k-2", path="/secrets") for _ in range(100)))
    assert [answer.status for answer in answers].count(201) == 1
    assert {answer.code for answer in answers if answer.status != 201} <= {
        "idempotency_answer_not_kept",
        "idempotency_in_progress",
    }
    assert await shop.effects() == 3


async def test_a_secret_that_was_refused_leaves_its_key_free(shop: Shop) -> None:
    assert (await shop.post(path="/secrets", data=[0])).status == 409
    assert (await shop.effects(), await shop.kept()) == (0, 0)
    assert (await shop.post(path="/secrets", data=[1])).status == 201


async def test_of_a_hundred_at_once_one_has_an_effect_and_all_hear_of_it_or_to_wait(shop: Shop) -> None:
    answers = await asyncio.gather(*(shop.post() for _ in range(100)))
    good = [answer for answer in answers if answer.status == 201]
    told = [answer for answer in answers if answer.status == 409]
    assert len(good) + len(told) == 100
    assert good
    assert len({answer.body for answer in good}) == 1
    assert {answer.code for answer in told} <= {"idempotency_in_progress"}
    assert (await shop.effects(), await shop.kept()) == (1, 1)


async def test_while_the_first_is_at_work_nobody_waits_for_it(shop: Shop) -> None:
    SLOW.append(asyncio.Event())
    first = asyncio.create_task(shop.post())
    await shop.worker()
    told = await asyncio.gather(*(shop.post() for _ in range(30)))
    assert {answer.code for answer in told} == {"idempotency_in_progress"}
    SLOW[0].set()
    SLOW.clear()
    assert (await first).status == 201
    assert (await shop.post()).header("idempotent-replayed") == "true"
    assert await shop.effects() == 1


@pytest.mark.parametrize(
    "change",
    [{"data": (5, 8)}, {"data": ()}, {"path": "/transfers/10"}, {"path": "/transfers/9?x=1"}],
    ids=str,
)
async def test_the_same_key_with_another_input_is_refused(shop: Shop, change: dict[str, Any]) -> None:
    await shop.post()
    loopback.assert_problem(await shop.post(**change), 409, "idempotency_key_reused")
    assert await shop.effects() == 1


async def test_a_key_belongs_to_one_account_and_one_route(shop: Shop) -> None:
    answers = [await shop.post(), await shop.post(account=2), await shop.post(path="/other"), await shop.post("k-2")]
    assert [answer.header("idempotent-replayed") for answer in answers] == [None] * 4
    assert await shop.effects() == 4


@pytest.mark.parametrize("key", ["", " ", "a b", 'a"b', "a\\b", "ä", "x" * 256, '"', '""'])
async def test_a_key_that_is_none_is_refused(shop: Shop, key: str) -> None:
    loopback.assert_problem(await shop.post(key), 400, "idempotency_key_malformed")
    assert await shop.effects() == 0


async def test_two_keys_are_none(shop: Shop) -> None:
    keys = [("Idempotency-Key", "a"), ("idempotency-key", "a")]
    answer = await shop.client.request("POST", "/transfers/9", b"[1]", JSON, *keys)
    loopback.assert_problem(answer, 400, "idempotency_key_malformed")


async def test_a_key_in_quotes_is_the_key(shop: Shop) -> None:
    await shop.post("k-1")
    assert (await shop.post('"k-1"')).header("idempotent-replayed") == "true"


async def test_where_a_key_is_required_its_lack_is_refused_and_elsewhere_not(shop: Shop) -> None:
    loopback.assert_problem(await shop.post(None), 400, "idempotency_key_required")
    assert (await shop.post(None, path="/other")).status == 200
    assert (await shop.effects(), await shop.kept()) == (1, 0)


async def test_a_refusal_leaves_the_key_free(shop: Shop) -> None:
    for _ in range(2):
        loopback.assert_problem(await shop.post(data=(0,)), 409, "conflict")
    assert (await shop.effects(), await shop.kept()) == (0, 0)
    assert (await shop.post(data=(1,))).status == 201


async def test_effect_and_answer_are_lost_together_or_kept_together(shop: Shop) -> None:
    """The connection is cut in the middle of the work, as by a crash of the process or of the database server."""
    SLOW.append(asyncio.Event())
    first = asyncio.create_task(shop.post())
    await shop.superuser.execute("SELECT pg_terminate_backend($1, 5000)", await shop.worker())
    SLOW[0].set()
    SLOW.clear()
    assert (await first).status == 503
    assert (await shop.effects(), await shop.kept()) == (0, 0)
    assert (await shop.post()).header("idempotent-replayed") is None
    assert (await shop.effects(), await shop.kept()) == (1, 1)


async def test_after_an_unknown_outcome_the_repetition_learns_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """COMMIT was done, its answer was lost."""
    commit = transaction._commit

    async def lost(connection: Any) -> None:
        await commit(connection)
        raise transaction.CommitUnknown("the connection was lost while confirming")

    monkeypatch.setattr(transaction, "_commit", lost)
    loopback.assert_problem(await shop.post(), 503, "outcome_unknown")
    monkeypatch.setattr(transaction, "_commit", commit)
    assert (await shop.post()).header("idempotent-replayed") == "true"
    assert await shop.effects() == 1


async def test_answers_are_forgotten_after_a_day_and_not_before(shop: Shop, customer_schema: StackDatabase) -> None:
    for key in ("old", "young"):
        await shop.post(key)
    await shop.superuser.execute(
        "UPDATE idempotency SET at = now() - $1::interval WHERE ctid = (SELECT min(ctid) FROM idempotency)",
        idempotency.KEPT + timedelta(seconds=1),
    )
    worker = await customer_schema.connect("customer_worker")
    assert [await worker.run("test.forget", idempotency.forget) for _ in range(2)] == [1, 0]
    await worker.close()
    assert (await shop.post("young")).header("idempotent-replayed") == "true"
    assert (await shop.post("old")).header("idempotent-replayed") is None


async def test_what_is_kept_cannot_be_rewritten_by_who_answers(shop: Shop) -> None:
    await shop.post()
    for statement in ("UPDATE idempotency SET body = body", "DELETE FROM idempotency"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await shop.db.run("test.rewrite", lambda tx, text=statement: tx.execute(text))


@given(some.lists(some.binary(max_size=4), max_size=4), some.lists(some.binary(max_size=4), max_size=4))
def test_no_two_lists_of_parts_have_one_digest(one: list[bytes], another: list[bytes]) -> None:
    assert (idempotency._digest(*one) == idempotency._digest(*another)) == (one == another)
