"""A request that is sent twice takes effect once: the answer is kept in the transaction of the effect.

The client names its request in the header `Idempotency-Key`. The same key with the same input gets the stored answer;
with another input it is refused; while the first is still being worked on, the second is told so and waits for nobody.
Since key, answer and effect are committed together, no crash can leave one without the other: after `outcome_unknown`
the client repeats the request with its key and learns what happened.

A key belongs to one account and one route, and is kept for a day. What is stored is the answer's status and body; an
answer that shows what must stand nowhere, a new secret or somebody's address, goes through `unkept` instead, which
stores that it was given and not what it said. A refusal that is raised leaves nothing, and its key is free.

A route takes `key: idempotency.Key = None`, and is otherwise two lines:

    claim = await idempotency.claim(request, caller.account, key)
    return await idempotency.run(db, "orders.place", claim, work)
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, NamedTuple, TypeVar
from uuid import UUID

import litestar
import msgspec
import sqlalchemy as sa
from litestar import params, response

from boundary.kernel import errors
from boundary.kernel.runtime import columns, transaction

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT = timedelta(days=1)
FORGET_MAX = 5000
_KEY = re.compile(r"[!#-\[\]-~]{1,255}")
"""Visible ASCII without quotes and backslashes. A draft of the IETF puts the key in quotes; they are taken off."""

_FIND = "SELECT input, status, body FROM idempotency WHERE slot = $1"
_KEEP = "INSERT INTO idempotency (slot, input, status, body) VALUES ($1, $2, $3, $4)"
_ALONE = "SELECT pg_try_advisory_xact_lock($1)"
_FORGET = """
DELETE FROM idempotency WHERE slot = ANY(ARRAY(
  SELECT slot FROM idempotency WHERE at < now() - $1::interval ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED))"""


class KeyRequired(errors.Invalid):
    """The request moves something, so it must be named: send an Idempotency-Key of your choice, new for each request."""

    code = "idempotency_key_required"


class KeyMalformed(errors.Invalid):
    """An Idempotency-Key is 1 to 255 visible ASCII characters, given once."""

    code = "idempotency_key_malformed"


class KeyReused(errors.Conflict):
    """The key named another request before. A new request has a new key."""

    code = "idempotency_key_reused"


class InProgress(errors.Conflict):
    """The first request with this key is still being worked on. Ask again in a moment, with the same key."""

    code = "idempotency_in_progress"


class AnswerNotKept(errors.Conflict):
    """The first request with this key took effect. Its answer showed what is stored nowhere and cannot be shown again."""

    code = "idempotency_answer_not_kept"


class Claim(NamedTuple):
    """Which request this is: the place of its answer, and a digest of all that was sent."""

    slot: bytes
    input: bytes


class Answer(NamedTuple):
    """What is answered and kept. The body is JSON."""

    status: int
    body: bytes


Key = Annotated[
    str | None,
    params.HeaderParameter(
        name=HEADER, description="names this request: the same for its repetitions, 1 to 255 visible ASCII characters"
    ),
]
Work = Callable[[transaction.Tx], Awaitable[tuple[int, Any]]]
T = TypeVar("T")
_NOT_KEPT = 0
"""Stands in place of an answer's status."""


def table(metadata: sa.MetaData, types: columns.Types) -> sa.Table:
    return sa.Table(
        "idempotency",
        metadata,
        sa.Column("slot", types.hash32, primary_key=True),
        sa.Column("input", types.hash32, nullable=False),
        sa.Column("status", types.counter, nullable=False),
        sa.Column("body", types.coded, nullable=False),
        sa.Column("at", types.moment, nullable=False, server_default=sa.text("now()")),
        sa.Index("idempotency_at", "at"),
    )


async def claim(
    request: "litestar.Request[Any, Any, Any]", account: UUID, key: str | None, *, required: bool = True
) -> Claim | None:
    """What a request claims for an account; nothing if no key was sent and none is needed."""
    if key is None and not required:
        return None
    if key is None:
        raise KeyRequired(f"send the header {HEADER}")
    key = key.strip()
    key = key[1:-1] if len(key) > 1 and key[0] == key[-1] == '"' else key
    if len(request.headers.getall(HEADER)) > 1 or not _KEY.fullmatch(key):
        raise KeyMalformed(f"{HEADER} is 1 to 255 visible characters, given once")
    scope = request.scope
    place = (account.bytes, scope["method"].encode(), scope["path_template"].encode(), key.encode())
    sent = (scope["path"].encode(), scope["query_string"], await request.body())
    return Claim(_digest(*place), _digest(*sent))


def _digest(*parts: bytes) -> bytes:
    """Of the parts and of where each ends."""
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()


async def once(tx: transaction.Tx, claimed: Claim, work: Work) -> tuple[Answer, bool]:
    """The answer to a claim, and whether it was a stored one. `work` says status and body of what it did in `tx`.

    Whoever comes while the first is at work is turned away by an advisory lock, which costs no waiting connection and
    ends with the transaction, however that ends.
    """
    kept = await _kept(tx, claimed)
    if kept is not None:
        return kept, True
    status, body = await work(tx)
    answer = Answer(status, msgspec.json.encode(body))
    await tx.execute(_KEEP, claimed.slot, claimed.input, *answer)
    return answer, False


async def _kept(tx: transaction.Tx, claimed: Claim) -> Answer | None:
    if not await tx.value(_ALONE, int.from_bytes(claimed.slot[:8], "big", signed=True)):
        raise InProgress("the first request with this key is still being worked on")
    row = await tx.row(_FIND, claimed.slot)
    if row is None:
        return None
    if row["input"] != claimed.input:
        raise KeyReused("this key named another request before")
    return Answer(row["status"], row["body"])


async def unkept(
    db: transaction.Database, name: str, claimed: Claim | None, work: Callable[[transaction.Tx], Awaitable[T]]
) -> T:
    """One transaction, whose effect a repeated key does not bring about again; its answer is not kept."""

    async def at_most_once(tx: transaction.Tx) -> T:
        if claimed is not None:
            if await _kept(tx, claimed):
                raise AnswerNotKept("this was done; what was answered is not kept")
            await tx.execute(_KEEP, claimed.slot, claimed.input, _NOT_KEPT, b"null")
        return await work(tx)

    return await db.run(name, at_most_once)


async def run(db: transaction.Database, name: str, claimed: Claim | None, work: Work) -> "response.Response[bytes]":
    """The whole of a handler: one transaction with the effect and its answer, and the response that carries it."""
    if claimed is None:
        status, body = await db.run(name, work)
        return _response(Answer(status, msgspec.json.encode(body)), replayed=False)
    answer, replayed = await db.run(name, lambda tx: once(tx, claimed, work))
    return _response(answer, replayed=replayed)


def _response(answer: Answer, *, replayed: bool) -> "response.Response[bytes]":
    headers = {REPLAYED: "true"} if replayed else {}
    return response.Response(answer.body, status_code=answer.status, media_type="application/json", headers=headers)


async def forget(tx: transaction.Tx) -> int:
    """Let go of answers older than a day, a bounded number at a time; how many."""
    return await tx.execute(_FORGET, KEPT, FORGET_MAX)
