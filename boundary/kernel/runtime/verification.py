"""Reads the audit log back: verifies all of it, proves one entry, shows the newest signed head.

`verify` re-hashes every payload, and does so here: the database that is being judged hands over bytes and computes
nothing. Chain and tree are built from them, every stored node is compared and every signed head is checked against a
public key that the caller brought. The first entry that does not fit is named.
"""

import asyncio
import collections
import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from boundary.kernel import audit_bytes, clock, errors, hashchain, merkle, primitives
from boundary.kernel.runtime import audit, sealing, transaction

CHUNK = 1 << 12  # rows of one read: few enough to stay in the processor's caches on both sides
AHEAD = 3  # reads in flight: with one, the database waits whenever hashing holds the interpreter

_TOTALS = """
SELECT (SELECT coalesce(max(seq), 0) FROM audit_seal) AS size, (SELECT coalesce(max(size), 0) FROM audit_head) AS head,
  (SELECT count(*) FROM audit_entry) AS entries"""
_CHUNK = """
SELECT count(*) AS found, min(s.seq) FILTER (WHERE length(s.leaf) <> 32 OR length(s.chain) <> 32) AS misshapen,
  string_agg(s.leaf, ''::bytea ORDER BY s.seq) AS leaves, string_agg(s.chain, ''::bytea ORDER BY s.seq) AS chains,
  string_agg(int8send(e.id) || timestamptz_send(e.at) || e.payload, ''::bytea ORDER BY s.seq) AS hashed,
  array_agg(coalesce(16 + length(e.payload), 0) ORDER BY s.seq) AS sizes
FROM audit_seal s LEFT JOIN audit_entry e ON e.id = s.entry_id WHERE s.seq BETWEEN $1 AND $2"""
_ENTRY_AT = "SELECT entry_id FROM audit_seal WHERE seq = $1"
_FIRST_GAP = "SELECT g FROM generate_series($1::bigint, $2::bigint) g WHERE NOT EXISTS (SELECT FROM audit_seal WHERE seq = g) LIMIT 1"
_HEADS = """
SELECT h.size, h.root, h.chain, h.at, h.public_key, h.signature, s.chain AS sealed_chain
FROM audit_head h LEFT JOIN audit_seal s ON s.seq = h.size WHERE h.size BETWEEN $1 AND $2 ORDER BY h.size"""
_NODES = """
SELECT n.level, string_agg(n.hash, ''::bytea ORDER BY n.index) AS hashes
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


_CHANGED = "an entry was changed, removed or moved after it was sealed"


class _Fault(Exception):  # noqa: N818 -- ends the walk; becomes part of the report
    def __init__(self, what: str, seq: int) -> None:
        super().__init__(what)
        self.what = what
        self.seq = seq


class _Part(NamedTuple):
    """What the database says of the seals from `first` to `last`."""

    first: int
    last: int
    rows: transaction.Record
    heads: Sequence[transaction.Record]
    nodes: Mapping[int, bytes]
    gap: int | None


class _Walk:
    """The tree and the chain as far as they were rebuilt, and what must be true of them."""

    def __init__(self, public_keys: Collection[bytes], witnessed: Head | None) -> None:
        self.frontier = merkle.Frontier()
        self.heads = 0
        self._chain = hashchain.GENESIS
        self._public_keys = public_keys
        self._witnessed = witnessed
        self._nodes: dict[int, list[bytes]] = {}

    def take(self, part: _Part) -> None:
        """Check the rows, append their leaves, then check what is stored and signed about the tree."""
        leaves = self._check_rows(part)
        self._grow(leaves, part.heads)
        for level, _, _ in _completed(part.first, part.last):
            if part.nodes.get(level) != b"".join(self._nodes[level]):
                raise _Fault(f"a stored tree node of level {level} is wrong", part.first)

    def _check_rows(self, part: _Part) -> list[bytes]:
        """Every payload hashes to its leaf, every leaf follows the chain, and no place is empty. The leaves."""
        end = min(part.gap or part.last + 1, part.rows["misshapen"] or part.last + 1) - part.first
        leaves, chains = _split(part.rows["leaves"])[:end], _split(part.rows["chains"])[:end]
        hashed, sizes = part.rows["hashed"] or b"", part.rows["sizes"] or ()
        ends = itertools.accumulate(sizes[:end], initial=0)
        again = [merkle.leaf_hash(hashed[start:stop]) for start, stop in itertools.pairwise(ends)]
        links = [hashchain.link(before, leaf) for before, leaf in zip((self._chain, *chains), leaves, strict=False)]
        if again != leaves or links != chains:
            good = itertools.takewhile(lambda i: again[i] == leaves[i] and links[i] == chains[i], range(end))
            raise _Fault(_CHANGED, part.first + len(list(good)))
        if end <= part.last - part.first:
            raise _Fault("a seal is missing" if part.gap == part.first + end else _CHANGED, part.first + end)
        self._chain = chains[-1]
        return leaves

    def _grow(self, leaves: Sequence[bytes], heads: Sequence[transaction.Record]) -> None:
        """Append the leaves, stopping at each size that a head speaks of."""
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
    unsealed = max(0, totals["entries"] - totals["size"])
    walk = _Walk(public_keys, witnessed)
    try:
        await _walk(db, walk, totals["size"], progress)
        _check_end(totals, witnessed)
    except _Fault as fault:
        at = fault.seq
        entry = await db.read("audit.name", lambda tx: tx.value(_ENTRY_AT, at))
        return Report(walk.frontier.size, walk.heads, unsealed, fault.what, at, entry or 0)
    return Report(totals["size"], walk.heads, unsealed)


async def _walk(db: transaction.Database, walk: _Walk, size: int, progress: Callable[[int, int], None]) -> None:
    """Part after part; the database fetches the next ones while this one is hashed."""
    firsts = iter(range(1, size + 1, CHUNK))
    upcoming: collections.deque[asyncio.Task[_Part]] = collections.deque()

    def ask(count: int) -> None:
        for first in itertools.islice(firsts, count):
            upcoming.append(asyncio.create_task(_read(db, first, min(first + CHUNK - 1, size))))

    ask(AHEAD)
    try:
        while upcoming:
            part = await upcoming.popleft()
            ask(1)
            await asyncio.to_thread(walk.take, part)
            progress(part.last, size)
    finally:
        await asyncio.gather(*upcoming, return_exceptions=True)


def _check_end(totals: transaction.Record, witnessed: Head | None) -> None:
    if witnessed and witnessed.size > totals["size"]:
        raise _Fault(f"the log ends before the witnessed head at {witnessed.size}", totals["size"])
    if totals["head"] != totals["size"]:
        raise _Fault("the last entries have no signed head", totals["size"])


async def _read(db: transaction.Database, first: int, last: int) -> _Part:
    async def work(tx: transaction.Tx) -> _Part:
        rows = await tx.row(_CHUNK, first, last)
        assert rows is not None, "a query of aggregates has one row"
        gap = await tx.value(_FIRST_GAP, first, last) if rows["found"] <= last - first else None
        heads = await tx.fetch(_HEADS, first, last)
        wanted = [[each[part] for each in _completed(first, last)] for part in range(3)]
        nodes = {row["level"]: row["hashes"] for row in await tx.fetch(_NODES, *wanted)}
        return _Part(first, last, rows, heads, nodes, gap)

    return await db.read("audit.read", work, seconds_max=60)


def _completed(first: int, last: int) -> list[tuple[int, int, int]]:
    """Of each stored level, the first and the last node that are complete with `last` and were not before `first`."""
    levels = range(audit.NODE_LEVELS, last.bit_length(), audit.NODE_LEVELS)
    found = [(level, (first - 1) >> level, (last >> level) - 1) for level in levels]
    return [each for each in found if each[1] <= each[2]]


def _split(hashes: bytes | None) -> list[bytes]:
    return [hashes[start : start + 32] for start in range(0, len(hashes), 32)] if hashes else []


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
