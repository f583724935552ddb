"""Reads the audit log back: verifies all of it, proves one entry, shows the newest signed head.

`verify` re-hashes every payload. PostgreSQL computes leaf and chain hashes set-wise, this process builds the tree from
the leaves, compares every stored node and checks every signed head against a public key that the caller brought. The
first entry that does not fit is named.
"""

import asyncio
import functools
from collections.abc import Callable, Collection, Sequence
from typing import Any

import msgspec

from boundary.kernel import audit_bytes, clock, errors, merkle, primitives
from boundary.kernel.runtime import audit, sealing, transaction

CHUNK = 1 << 14

_TOTALS = """
SELECT (SELECT coalesce(max(seq), 0) FROM audit_seal) AS size, (SELECT coalesce(max(size), 0) FROM audit_head) AS head,
  (SELECT count(*) FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id)) AS unsealed"""
_CHUNK = """
WITH part AS (
  SELECT s.seq, s.entry_id, s.leaf, s.chain, lag(s.chain) OVER (ORDER BY s.seq) AS previous,
    sha256('\\x00'::bytea || int8send(e.id) || timestamptz_send(e.at) || e.payload) AS again
  FROM audit_seal s LEFT JOIN audit_entry e ON e.id = s.entry_id WHERE s.seq BETWEEN $1 - 1 AND $2
)
SELECT count(*) AS found, string_agg(leaf, ''::bytea ORDER BY seq) AS leaves,
  min(seq) FILTER (WHERE again IS DISTINCT FROM leaf
    OR chain IS DISTINCT FROM sha256('\\x02'::bytea || coalesce(previous, $3) || leaf)) AS bad
FROM part WHERE seq >= $1"""
_ENTRY_AT = "SELECT entry_id FROM audit_seal WHERE seq = $1"
_FIRST_GAP = "SELECT g FROM generate_series($1::bigint, $2::bigint) g WHERE NOT EXISTS (SELECT FROM audit_seal WHERE seq = g) LIMIT 1"
_HEADS = """
SELECT h.size, h.root, h.chain, h.at, h.public_key, h.signature, s.chain AS sealed_chain
FROM audit_head h LEFT JOIN audit_seal s ON s.seq = h.size WHERE h.size BETWEEN $1 AND $2 ORDER BY h.size"""
_NODES = """
SELECT n.level, string_agg(n.hash, ''::bytea ORDER BY n.index) AS hashes, count(*) AS found
FROM audit_node n JOIN unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS w(level, first, last)
  ON n.level = w.level AND n.index BETWEEN w.first AND w.last GROUP BY n.level"""
_LATEST = "SELECT size, root, chain, at, public_key, signature FROM audit_head ORDER BY size DESC LIMIT 1"
_PROVE = """
SELECT e.id, e.at, e.payload, s.seq, s.leaf, h.size, h.root, h.chain, h.at AS head_at, h.signature
FROM audit_entry e JOIN audit_seal s ON s.entry_id = e.id
CROSS JOIN LATERAL (SELECT * FROM audit_head WHERE size >= s.seq ORDER BY size DESC LIMIT 1) h WHERE e.id = $1"""


class NotSealed(errors.NotFound):
    """There is no such entry, or it was written a moment ago and is not sealed yet."""

    code = "audit_entry_not_sealed"


class Head(msgspec.Struct, frozen=True):
    """A signed statement of the log's size and content, for people and programs outside."""

    size: int
    root: str
    chain: str
    at: int
    public_key: str
    signature: str


class Report(msgspec.Struct, frozen=True):
    """What a verification found. `fault` is empty when all is well; `entry` is the first bad entry's number."""

    entries: int
    heads: int
    unsealed: int
    fault: str = ""
    seq: int = 0
    entry: int = 0


class _Fault(Exception):  # noqa: N818 -- ends the walk; becomes part of the report
    def __init__(self, what: str, seq: int) -> None:
        super().__init__(what)
        self.what = what
        self.seq = seq


class _Walk:
    """The tree as far as it was rebuilt, and what must be true of it."""

    def __init__(self, public_keys: Collection[bytes], witnessed: Head | None) -> None:
        self.frontier = merkle.Frontier()
        self.heads = 0
        self._public_keys = public_keys
        self._witnessed = witnessed
        self._nodes: dict[int, list[bytes]] = {}

    def take(self, leaves: Sequence[bytes], heads: Sequence[transaction.Record]) -> dict[int, list[bytes]]:
        """Append the leaves, stopping at each size that a head speaks of; the interior nodes that were completed."""
        self._nodes = {}
        start = self.frontier.size
        stops: dict[int, transaction.Record | None] = {head["size"]: head for head in heads}
        if self._witnessed and start < self._witnessed.size <= start + len(leaves):
            stops.setdefault(self._witnessed.size, None)
        for stop in sorted(stops):
            self._extend(leaves[self.frontier.size - start : stop - start])
            head = stops[stop]
            if head is not None:
                self._check_head(head)
            if self._witnessed and self._witnessed.size == stop and self.frontier.root().hex() != self._witnessed.root:
                raise _Fault("the log is not the one that the witnessed head speaks of", stop)
        self._extend(leaves[self.frontier.size - start :])
        return self._nodes

    def _extend(self, leaves: Sequence[bytes]) -> None:
        for level, _, node in self.frontier.extend(leaves):
            if level % audit.NODE_LEVELS == 0:
                self._nodes.setdefault(level, []).append(node)

    def _check_head(self, head: transaction.Record) -> None:
        size = head["size"]
        if head["root"] != self.frontier.root() or head["chain"] != head["sealed_chain"]:
            raise _Fault("a signed head does not match the entries", size)
        signed = audit_bytes.head_bytes(size, head["root"], head["chain"], clock.to_micros(head["at"]))
        if not any(primitives.ed25519_matches(key, signed, head["signature"]) for key in self._public_keys):
            raise _Fault("a head is not signed with a published key", size)
        self.heads += 1


def _silent(_done: int, _total: int) -> None:
    """No progress bar."""


async def verify(
    db: transaction.Database,
    public_keys: Collection[bytes],
    *,
    witnessed: Head | None = None,
    progress: Callable[[int, int], None] = _silent,
) -> Report:
    """Walk the whole log. Rows are append-only, so it is read in pieces; what is sealed meanwhile waits for next time."""
    totals = await db.read("audit.totals", lambda tx: tx.row(_TOTALS), seconds_max=300)
    assert totals is not None, "a query of aggregates has one row"
    walk = _Walk(public_keys, witnessed)
    try:
        await _walk(db, walk, totals["size"], progress)
        _check_end(totals, witnessed)
    except _Fault as fault:
        at = fault.seq
        entry = await db.read("audit.name", lambda tx: tx.value(_ENTRY_AT, at))
        return Report(walk.frontier.size, walk.heads, totals["unsealed"], fault.what, at, entry or 0)
    return Report(totals["size"], walk.heads, totals["unsealed"])


async def _walk(db: transaction.Database, walk: _Walk, size: int, progress: Callable[[int, int], None]) -> None:
    """Chunk after chunk; the database hashes the next one while the tree of this one is built."""
    upcoming = asyncio.create_task(_read(db, 1, min(size, CHUNK)))
    try:
        for first in range(1, size + 1, CHUNK):
            last = min(first + CHUNK - 1, size)
            chunk, heads = await upcoming
            upcoming = asyncio.create_task(_read(db, last + 1, min(last + CHUNK, size)))
            await _check_rows(db, chunk, first, last)
            nodes = await asyncio.to_thread(walk.take, _split(chunk["leaves"]), heads)
            await db.read("audit.nodes", functools.partial(_check_nodes, first=first, nodes=nodes))
            progress(last, size)
    finally:
        await asyncio.gather(upcoming, return_exceptions=True)


def _check_end(totals: transaction.Record, witnessed: Head | None) -> None:
    if witnessed and witnessed.size > totals["size"]:
        raise _Fault(f"the log ends before the witnessed head at {witnessed.size}", totals["size"])
    if totals["head"] != totals["size"]:
        raise _Fault("the last entries have no signed head", totals["size"])


async def _read(db: transaction.Database, first: int, last: int) -> tuple[Any, list[transaction.Record]]:
    if first > last:
        return None, []

    async def work(tx: transaction.Tx) -> tuple[Any, list[transaction.Record]]:
        return await tx.row(_CHUNK, first, last, bytes(32)), await tx.fetch(_HEADS, first, last)

    return await db.read("audit.read", work, seconds_max=60)


async def _check_rows(db: transaction.Database, chunk: transaction.Record, first: int, last: int) -> None:
    if chunk["bad"] is not None:
        raise _Fault("an entry was changed, removed or moved after it was sealed", chunk["bad"])
    if chunk["found"] != last - first + 1:
        gap = await db.read("audit.gap", lambda tx: tx.value(_FIRST_GAP, first, last))
        raise _Fault("a seal is missing", gap or first)


async def _check_nodes(tx: transaction.Tx, *, first: int, nodes: dict[int, list[bytes]]) -> None:
    """The stored nodes that the chunk completed are the computed ones; proofs are made from them."""
    if not nodes:
        return
    levels = sorted(nodes)
    starts = [(first - 1) >> level for level in levels]
    ends = [start + len(nodes[level]) - 1 for level, start in zip(levels, starts, strict=True)]
    stored = {row["level"]: row["hashes"] for row in await tx.fetch(_NODES, levels, starts, ends)}
    for level in levels:
        if stored.get(level) != b"".join(nodes[level]):
            raise _Fault(f"a stored tree node of level {level} is wrong", first)


def _split(leaves: bytes) -> list[bytes]:
    return [leaves[start : start + 32] for start in range(0, len(leaves), 32)]


async def latest_head(tx: transaction.Tx) -> Head | None:
    row = await tx.row(_LATEST)
    if row is None:
        return None
    return Head(
        size=row["size"],
        root=row["root"].hex(),
        chain=row["chain"].hex(),
        at=clock.to_micros(row["at"]),
        public_key=row["public_key"].hex(),
        signature=row["signature"].hex(),
    )


async def proof(tx: transaction.Tx, entry: int) -> dict[str, Any]:
    """The inclusion proof of one entry under the newest head, as the stand-alone verifier reads it."""
    row = await tx.row(_PROVE, entry)
    if row is None:
        raise NotSealed("there is no such sealed entry", entry=entry)
    ranges = merkle.inclusion_ranges(row["seq"] - 1, row["size"])
    lookup = await sealing.nodes(tx, [part for start, end in ranges for part in merkle.complete_subtrees(start, end)])
    path = merkle.inclusion_proof(row["seq"] - 1, row["size"], lookup)
    return {
        "format": "audit-inclusion/1",
        "entry": {
            "id": row["id"],
            "at_micros_2000": clock.to_micros(row["at"]) - audit_bytes.UNIX_MICROS_AT_2000,
            "payload": row["payload"].hex(),
        },
        "seq": row["seq"],
        "leaf": row["leaf"].hex(),
        "proof": [step.hex() for step in path],
        "head": {
            "size": row["size"],
            "root": row["root"].hex(),
            "chain": row["chain"].hex(),
            "at": clock.to_micros(row["head_at"]),
            "signature": row["signature"].hex(),
        },
    }
