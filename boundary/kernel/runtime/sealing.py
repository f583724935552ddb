"""The sealer: one per stack. It takes committed entries in commit order, chains and Merkle-hashes them, signs a head.

Which entries are safe to take is decided by the database's own bookkeeping: an entry whose transaction id is below
the oldest one still running is committed or gone, and none below it can appear any more. So entries sort by
(transaction id, number) and a place once sealed never shifts. Every batch is one transaction under an advisory lock,
and it continues from what the tables say, so a second sealer or one that was killed does no harm.

Transaction ids belong to a cluster. After a logical restore into another cluster they mean nothing there: the sealer
notices the foreign cluster, seals nothing and says so, until `adopt` has sealed what the dump brought, under a lock
that lets nobody write, and opened a new era in which only newer entries count.
"""

import asyncio
from datetime import datetime
from typing import NamedTuple

import prometheus_client

from boundary.kernel import audit_bytes, clock, errors, hashchain, merkle, primitives
from boundary.kernel.runtime import audit, server, telemetry, transaction

BATCH_MAX = 5000
IDLE_SECONDS = 0.05
LOCK = 0x617564697400  # "audit\0": the advisory lock that makes one sealer of many

SEALED = prometheus_client.Counter("audit_sealed", "Entries sealed")
SIZE = prometheus_client.Gauge("audit_tree_size", "Entries in the tree")
RESTORED = telemetry.Event("audit.restored_cluster")

_ERA = "SELECT number, cluster, first_entry FROM audit_era ORDER BY number DESC LIMIT 1"
_CLUSTER = "SELECT system_identifier FROM pg_control_system()"
_TAIL = """
SELECT s.seq, s.chain, e.id, e.xid FROM audit_seal s JOIN audit_entry e ON e.id = s.entry_id
ORDER BY s.seq DESC LIMIT 1"""
_LEAF = "sha256('\\x00'::bytea || int8send(id) || timestamptz_send(at) || payload)"
_READY = f"""
SELECT id, {_LEAF} AS leaf, audit_entry.xid FROM audit_entry
WHERE (audit_entry.xid, id) > ($1, $2) AND audit_entry.xid < pg_snapshot_xmin(pg_current_snapshot()) AND id >= $3
ORDER BY audit_entry.xid, id LIMIT $4"""  # noqa: S608 -- constants of this module
_RESTORED_ROWS = f"""
SELECT id, {_LEAF} AS leaf FROM audit_entry e
WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id) ORDER BY id LIMIT $1"""  # noqa: S608 -- likewise
_SEAL = "INSERT INTO audit_seal (seq, entry_id, leaf, chain) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[])"
_NODE = "INSERT INTO audit_node (level, index, hash) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])"
_HEAD = "INSERT INTO audit_head (size, root, chain, at, public_key, signature) VALUES ($1, $2, $3, $4, $5, $6)"
_FIRST_ERA = "INSERT INTO audit_era (number, cluster, first_entry) VALUES (1, $1, 1)"
_FROM_ELSEWHERE = "SELECT EXISTS (SELECT FROM audit_entry WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))"
_OPEN_ERA = """
INSERT INTO audit_era (number, cluster, first_entry)
SELECT coalesce(max(number), 0) + 1, $1, (SELECT coalesce(max(id), 0) + 1 FROM audit_entry) FROM audit_era"""


class ForeignCluster(errors.Conflict):
    """The audit log was restored into another database cluster; run `audit adopt` before anything is sealed."""

    code = "audit_restored"


class State(NamedTuple):
    """Where the log stands, as the tables say."""

    frontier: merkle.Frontier
    chain: bytes
    xid: int
    entry_id: int
    first_entry: int


class Sealer:
    def __init__(self, db: transaction.Database, seed: bytes, time: clock.Clock) -> None:
        self._db = db
        self._seed = seed
        self._public = primitives.ed25519_public(seed)
        self._clock = time
        self._state: State | None = None

    async def loop(self, stop: asyncio.Event) -> None:
        """Seal until told to stop; idle politely when there is nothing, and wait for `adopt` after a restore."""
        while not stop.is_set():
            try:
                sealed = await self.seal()
            except ForeignCluster:
                telemetry.emit(RESTORED, "error")
                await server.pause(stop, 5)
                continue
            except errors.Refusal:
                self._state = None
                await server.pause(stop, 0.5)
                continue
            if sealed < BATCH_MAX:
                await server.pause(stop, IDLE_SECONDS)

    async def seal(self) -> int:
        """Seal one batch; how many entries it held."""
        size = self._state.frontier.size if self._state else None
        try:
            self._state = await self._db.run("audit.seal", self._batch)
        except BaseException:
            self._state = None
            raise
        sealed = self._state.frontier.size - size if self._state and size is not None else 0
        SEALED.inc(sealed)
        return sealed

    async def adopt(self) -> int:
        """After a restore into this cluster: seal all that it brought, then count transactions anew."""

        async def work(tx: transaction.Tx) -> int:
            await tx.execute("LOCK TABLE audit_entry IN SHARE ROW EXCLUSIVE MODE")
            await tx.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            state = await load(tx)
            total = 0
            while rows := await tx.fetch(_RESTORED_ROWS, BATCH_MAX):
                state = await self._append(tx, state, [row["id"] for row in rows], [row["leaf"] for row in rows])
                total += len(rows)
            await tx.execute(_OPEN_ERA, await tx.value(_CLUSTER))
            return total

        self._state = None
        return await self._db.run("audit.adopt", work, seconds_max=600)

    async def _batch(self, tx: transaction.Tx) -> State | None:
        """The state after one batch, to be remembered once it is committed; none when another sealer is at work."""
        state, self._state = self._state, None  # a batch that is run again or fails starts from the tables
        if not await tx.value("SELECT pg_try_advisory_xact_lock($1)", LOCK):
            return None
        if state is None:
            await self._check_cluster(tx)
            return await load(tx)
        rows = await tx.fetch(_READY, state.xid, state.entry_id, state.first_entry, BATCH_MAX)
        if not rows:
            return state
        if await tx.value("SELECT coalesce(max(seq), 0) FROM audit_seal") != state.frontier.size:
            return None  # another sealer was here in between
        state = await self._append(tx, state, [row["id"] for row in rows], [row["leaf"] for row in rows])
        return state._replace(xid=rows[-1]["xid"], entry_id=rows[-1]["id"])

    async def _check_cluster(self, tx: transaction.Tx) -> None:
        era = await tx.row(_ERA)
        cluster = await tx.value(_CLUSTER)
        if era is None and not await tx.value(_FROM_ELSEWHERE):
            await tx.execute(_FIRST_ERA, cluster)
        elif era is None or era["cluster"] != cluster:
            raise ForeignCluster("the audit log was restored into another cluster")

    async def _append(self, tx: transaction.Tx, state: State, ids: list[int], leaves: list[bytes]) -> State:
        first = state.frontier.size
        chains: list[bytes] = []
        chain = state.chain
        for leaf in leaves:
            chain = hashchain.link(chain, leaf)
            chains.append(chain)
        nodes = [node for node in state.frontier.extend(leaves) if node[0] % audit.NODE_LEVELS == 0]
        await tx.execute(_SEAL, list(range(first + 1, first + len(ids) + 1)), ids, leaves, chains)
        if nodes:
            await tx.execute(_NODE, *(list(column) for column in zip(*nodes, strict=True)))
        await self._sign(tx, state.frontier, chain)
        return state._replace(chain=chain)

    async def _sign(self, tx: transaction.Tx, frontier: merkle.Frontier, chain: bytes) -> None:
        at: datetime = self._clock.now()
        root = frontier.root()
        signed = audit_bytes.head_bytes(frontier.size, root, chain, clock.to_micros(at))
        signature = primitives.ed25519_sign(self._seed, signed)
        await tx.execute(_HEAD, frontier.size, root, chain, at, self._public, signature)
        SIZE.set(frontier.size)


async def load(tx: transaction.Tx) -> State:
    """Rebuild the sealer's state from the tables: the tail of the chain and the tree's complete subtrees."""
    tail = await tx.row(_TAIL)
    era = await tx.row(_ERA)
    first_entry = era["first_entry"] if era else 1
    if tail is None:
        return State(merkle.Frontier(), hashchain.GENESIS, 0, 0, first_entry)
    size = tail["seq"]
    lookup = await nodes(tx, merkle.complete_subtrees(0, size))
    subtrees = [lookup(level, index) for level, index in merkle.complete_subtrees(0, size)]
    same_era = tail["id"] >= first_entry
    return State(
        merkle.Frontier(size, subtrees),
        tail["chain"],
        tail["xid"] if same_era else 0,
        tail["id"] if same_era else 0,
        first_entry,
    )


async def nodes(tx: transaction.Tx, wanted: list[tuple[int, int]]) -> merkle.Lookup:
    """A lookup for the wanted complete subtrees, read in one statement from the stored level below each."""
    ranges = [(level - level % audit.NODE_LEVELS, index << level % audit.NODE_LEVELS, level) for level, index in wanted]
    rows = await tx.fetch(
        """
SELECT w.level, n.index, n.hash FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS w(level, first, last)
CROSS JOIN LATERAL (
  SELECT index, hash FROM audit_node WHERE w.level > 0 AND level = w.level AND index BETWEEN w.first AND w.last
  UNION ALL
  SELECT seq - 1, leaf FROM audit_seal WHERE w.level = 0 AND seq BETWEEN w.first + 1 AND w.last + 1
) AS n""",
        [stored for stored, _, _ in ranges],
        [first for _, first, _ in ranges],
        [first + (1 << level % audit.NODE_LEVELS) - 1 for _, first, level in ranges],
    )
    found: dict[tuple[int, int], bytes] = {(row["level"], row["index"]): row["hash"] for row in rows}

    def lookup(level: int, index: int) -> bytes:
        if level % audit.NODE_LEVELS == 0:
            return found[level, index]
        return merkle.node_hash(lookup(level - 1, 2 * index), lookup(level - 1, 2 * index + 1))

    return lookup
