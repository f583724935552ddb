"""Seal, open, look up and erase: `Vault`, made once per process and handed to whoever deals with people.

A process remembers unwrapped keys for a while, by the wrapped bytes that it read. Reading comes first every time, in the
caller's transaction, so what is remembered decides nothing: when the row is gone, so is the subject, in every process at
once. From memory a key is gone after `REMEMBERED`, in the process that shredded it at once.
"""

import asyncio
import collections
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import clock, ids, primitives
from boundary.kernel.runtime import audit, jobs, telemetry, transaction
from customer_stack.vault import model, ports, repo
from customer_stack.vault.formats import data_key, sealed

REMEMBERED = timedelta(minutes=5)
REMEMBERED_MAX = 10_000
DAMAGED = telemetry.Event("vault.value_damaged", count=int)

Place = tuple[UUID, str]
"""A value's place: whose it is and which field."""


class _Remembered:
    """Unwrapped keys by their wrapped bytes: bounded in number and in time, and shown to nobody."""

    def __init__(self, time: clock.Clock, number_max: int) -> None:
        self._time = time
        self._number_max = number_max
        self._keys: collections.OrderedDict[bytes, tuple[bytes, datetime]] = collections.OrderedDict()
        self._alarm: asyncio.TimerHandle | None = None

    def get(self, wrapped: bytes) -> bytes | None:
        found = self._keys.get(wrapped)
        if found is None or found[1] <= self._time.now():
            return None
        self._keys.move_to_end(wrapped)
        return found[0]

    def put(self, wrapped: bytes, key: bytes) -> None:
        if self._number_max == 0:
            return
        self._keys[wrapped] = key, self._time.now() + REMEMBERED
        if len(self._keys) > self._number_max:
            self._keys.popitem(last=False)
        self._arm()

    def forget(self, wrapped: Iterable[bytes]) -> None:
        for each in wrapped:
            self._keys.pop(each, None)

    def clear(self) -> None:
        self._keys.clear()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def __len__(self) -> int:
        return len(self._keys)

    def _arm(self) -> None:
        """An idle process forgets too: nobody has to ask for anything."""
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(REMEMBERED.total_seconds(), self._sweep)

    def _sweep(self) -> None:
        now = self._time.now()
        self._alarm = None
        self.forget([wrapped for wrapped, (_, until) in self._keys.items() if until <= now])
        if self._keys:
            self._arm()


class Rotation(NamedTuple):
    """New data keys, minted and wrapped, not stored yet: their subjects, versions, and wrapped form."""

    subjects: list[UUID]
    versions: list[int]
    wrapped: list[model.Wrapped]


class Vault:
    """The people's fields. Holds the index key and remembered data keys, and none of them has a way out."""

    __slots__ = ("_columns", "_ids", "_index_key", "_index_keys", "_provider", "_remembered")

    def __init__(
        self,
        provider: ports.KeyProvider,
        index_key: bytes,
        random: ids.Ids,
        time: clock.Clock,
        *,
        columns: model.Columns,
        remembered_max: int = REMEMBERED_MAX,
    ) -> None:
        self._provider = provider
        self._index_key = index_key
        self._index_keys: dict[str, bytes] = {}
        self._ids = random
        self._columns = columns
        self._remembered = _Remembered(time, remembered_max)

    # ---- what everybody uses

    async def create(self, tx: transaction.Tx, subject: UUID) -> None:
        """Give a new subject its data key. One that has a key keeps it; one that was erased never gets another."""
        await self.create_many(tx, [subject])

    async def create_many(self, tx: transaction.Tx, subjects: Collection[UUID]) -> None:
        """All or none of them."""
        wanted = sorted(set(subjects))
        fresh = await self._minted(dict.fromkeys(wanted, 1))
        made = (
            await repo.create(tx, wanted, fresh.wrapped[0].kek, [each.data for each in fresh.wrapped]) if wanted else 0
        )
        if made < len(wanted):
            if await repo.erased(tx, wanted):
                raise model.Unreadable("this subject was erased")
            raise model.SubjectExists("this subject has a key already")
        await audit.write_many(tx, [model.SubjectCreated(subject) for subject in wanted])

    async def seal(self, tx: transaction.Tx, subject: UUID, values: Mapping[str, str | bytes]) -> dict[str, bytes]:
        """Encrypt a subject's fields under their newest key, which cannot be deleted before this transaction ends."""
        found = await self.seal_many(tx, {(subject, field): value for field, value in values.items()})
        return {field: data for (_, field), data in found.items()}

    async def seal_many(self, tx: transaction.Tx, values: Mapping[Place, str | bytes]) -> dict[Place, bytes]:
        """As `seal`, for many subjects with one read."""
        held = await repo.hold(tx, sorted({subject for subject, _ in values}))
        if any(subject not in held for subject, _ in values):
            raise model.Unreadable("this subject has no key")
        keys = await self._unwrapped(held.values())
        sealed_values = {}
        for (subject, field), value in values.items():
            version = held[subject].version
            sealed_values[subject, field] = self._seal(keys[subject, version], subject, field, version, value)
        return sealed_values

    async def open(self, tx: transaction.Tx, subject: UUID, values: Mapping[str, bytes]) -> dict[str, str]:
        """Decrypt a subject's fields that hold text."""
        return {field: data.decode() for field, data in (await self.open_bytes(tx, subject, values)).items()}

    async def open_bytes(self, tx: transaction.Tx, subject: UUID, values: Mapping[str, bytes]) -> dict[str, bytes]:
        """Decrypt a subject's fields, as they were given."""
        found = await self._opened(tx, {(subject, field): value for field, value in values.items()})
        if len(found) < len(values):
            raise model.Unreadable("this subject was erased")
        return {field: data for (_, field), data in found.items()}

    async def open_many(self, tx: transaction.Tx, values: Mapping[Place, bytes]) -> dict[Place, str]:
        """Decrypt fields of many subjects with one read. What belongs to an erased subject is left out."""
        return {place: data.decode() for place, data in (await self._opened(tx, values)).items()}

    async def open_rows(self, tx: transaction.Tx, subject: UUID, field: str, values: Sequence[bytes]) -> list[str]:
        """Decrypt one field of many rows of a subject with one read, in their order."""
        opened = await self._opened_each(tx, [(subject, field, data) for data in values])
        texts = [data.decode() for data in opened if data is not None]
        if len(texts) < len(values):
            raise model.Unreadable("this subject was erased")
        return texts

    def blind(self, index: str, normalised: str) -> bytes:
        """32 bytes by which somebody is found whose identifier is known, made the same way by `rules`."""
        return primitives.hmac_sha256(self._derived(f"blind/1\0{model.Index(index).value}"), normalised.encode())

    def commitment(self, purpose: str, value: str | bytes) -> bytes:
        """What an audit entry may hold of a personal value: who knows the value and has the key can confirm it. Each
        purpose (`capability.fact`) has a key of its own, so entries of two kinds cannot be matched.
        """
        data = value.encode() if isinstance(value, str) else value
        return primitives.hmac_sha256(self._derived(f"commitment/1\0{purpose}"), data)

    async def shred(
        self,
        tx: transaction.Tx,
        subject: UUID,
        *,
        reason: model.Reason = model.Reason.REQUEST,
        approvals: ports.Approvals | None = None,
    ) -> None:
        """Destroy a subject's keys for good: nothing of theirs can be read again, by nobody, wherever copies are.

        Blind indexes are overwritten, the ledger is written, and its file follows by a job. Again does nothing. Who
        erases by their own decision, and not by a subject's, brings the approval of a second person.
        """
        if not await repo.take(tx, [subject]):
            if await repo.erased(tx, [subject]):
                return
            raise model.Unreadable("there is no such subject")
        approval = await approvals.spend(tx, model.SHRED, subject) if approvals else model.NIL
        keys = await self._erase(tx, [subject])
        if await repo.note(tx, [(subject, None, reason)]):  # else somebody did it while we waited for the key's row
            await audit.write(tx, model.SubjectShredded(subject, reason, keys, approval))
            await jobs.enqueue(tx, model.ExportErasures(), self._ids)

    # ---- erasures, after a restore

    async def erasures(self, tx: transaction.Tx) -> list[model.Erasure]:
        return await repo.erasures(tx)

    async def reapply(self, tx: transaction.Tx, erasures: Sequence[model.Erasure], head: bytes) -> int:
        """Erase again whom a restore brought back; how many that were. Those that are gone already stay so."""
        subjects = [each.subject for each in erasures]
        back = await repo.take(tx, subjects)
        await self._erase(tx, subjects)
        noted = await repo.note(tx, [(each.subject, each.at, each.reason) for each in erasures])
        if back or noted:
            await audit.write(tx, model.ErasuresReapplied(len(erasures), len(back), head))
        return len(back)

    # ---- keys under newer keys

    async def newest(self) -> int:
        """The version of the key-encryption key that new keys are wrapped by."""
        return await self._provider.newest()

    async def stale(self, tx: transaction.Tx, newest: int, limit: int) -> list[model.SubjectKey]:
        return await repo.stale(tx, newest, limit)

    async def rewrapped(self, keys: Sequence[model.SubjectKey]) -> list[model.Wrapped]:
        """Asks the provider; outside any transaction, because it may be far away."""
        return await self._provider.rewrap([key.wrapped for key in keys])

    async def store(self, tx: transaction.Tx, keys: Sequence[model.SubjectKey], fresh: Sequence[model.Wrapped]) -> int:
        """Put the re-wrapped keys in the place of those read; one that was shredded meanwhile stays away."""
        stored = await repo.rewrap(tx, keys, fresh)
        if stored:
            await audit.write(tx, model.KeysRewrapped(max(each.kek for each in fresh), stored))
        return stored

    async def to_rotate(
        self, tx: transaction.Tx, *, subject: UUID | None, after: UUID, before: datetime, limit: int
    ) -> dict[UUID, int]:
        """Subjects whose newest key was made before that time, with its version."""
        return await repo.to_rotate(tx, subject, after, before, limit)

    async def minted(self, newest: Mapping[UUID, int]) -> Rotation:
        """The next key of each subject; outside any transaction."""
        return await self._minted({subject: version + 1 for subject, version in newest.items()})

    async def rotate(self, tx: transaction.Tx, fresh: Rotation) -> int:
        """From now on the subjects' values are sealed under these keys. Who got one meanwhile keeps that."""
        kek = fresh.wrapped[0].kek
        stored = await repo.rotate(tx, fresh.subjects, fresh.versions, kek, [each.data for each in fresh.wrapped])
        if stored:
            await audit.write(tx, model.KeysRotated(stored))
        return stored

    async def rotating(self, tx: transaction.Tx, after: UUID, limit: int) -> dict[UUID, int]:
        """Subjects that have an older key beside their newest, with the version of that."""
        return await repo.rotating(tx, after, limit)

    async def reencrypt(self, tx: transaction.Tx, newest: Mapping[UUID, int], limit: int) -> int:
        """Move values of these subjects under their newest key, at most about `limit`; how many were found.

        When none is left their older keys are retired, and deleted once no reader can need them.
        """
        old = await repo.old_keys(tx, newest)
        found = 0
        for column in self._columns.sealed:
            if found < limit:
                found += await self._moved(tx, column, dict(newest), limit - found)
        if not found and old:
            await repo.retire(tx, old)
            gone = await repo.forget(tx, old)
            if gone:
                await audit.write(tx, model.KeysRetired(gone))
        return found

    async def state(self, tx: transaction.Tx, newest: int) -> model.State:
        return await repo.state(tx, newest)

    async def close(self) -> None:
        self._remembered.clear()
        await self._provider.close()

    # ---- inside

    async def _erase(self, tx: transaction.Tx, subjects: Collection[UUID]) -> int:
        gone = await repo.destroy(tx, subjects)
        self._remembered.forget(gone)
        await repo.overwrite(tx, self._columns.blind, subjects)
        return len(gone)

    async def _moved(self, tx: transaction.Tx, column: model.SealedColumn, newest: dict[UUID, int], limit: int) -> int:
        was = await repo.older(tx, column, newest, limit)
        if not was:
            return 0
        opened = await self._opened_each(tx, [(each.subject, column.field, each.data) for each in was])
        keys = await self._unwrapped(await repo.read(tx, {(each.subject, newest[each.subject]) for each in was}))
        kept = [(value, data) for value, data in zip(was, opened, strict=True) if data is not None]
        fresh = []
        for value, data in kept:
            version = newest[value.subject]
            key = keys[value.subject, version]
            fresh.append(self._seal(key, value.subject, column.field, version, data))
        await repo.replace(tx, column, [value for value, _ in kept], fresh)
        return len(was)

    async def _minted(self, versions: Mapping[UUID, int]) -> Rotation:
        secrets = [data_key.pack(*of, self._ids.token(data_key.KEY_SIZE)) for of in versions.items()]
        return Rotation(list(versions), list(versions.values()), await self._provider.wrap(secrets))

    async def _opened(self, tx: transaction.Tx, values: Mapping[Place, bytes]) -> dict[Place, bytes]:
        opened = await self._opened_each(tx, [(*place, data) for place, data in values.items()])
        return {place: data for place, data in zip(values, opened, strict=True) if data is not None}

    async def _opened_each(self, tx: transaction.Tx, values: Sequence[tuple[UUID, str, bytes]]) -> list[bytes | None]:
        """Each value in its order, none where its subject has no such key."""
        parts = [sealed.unpack(data) for _, _, data in values]
        wanted = {(of[0], part.version) for of, part in zip(values, parts, strict=True) if part is not None}
        keys = await self._unwrapped(await repo.read(tx, sorted(wanted)))
        opened: list[bytes | None] = []
        damaged = 0
        for (subject, field, _), part in zip(values, parts, strict=True):
            key = keys.get((subject, part.version)) if part is not None else None
            data = None
            if part is not None and key is not None:
                bound = sealed.bound(subject, field, part.version)
                data = primitives.aes_gcm_open(key=key, nonce=part.nonce, sealed=part.body, bound=bound)
            damaged += part is None or (key is not None and data is None)
            opened.append(data)
        if damaged:
            telemetry.emit(DAMAGED, "error", count=damaged)
            raise model.Damaged("a stored value is not what was sealed here")
        return opened

    async def _unwrapped(self, keys: Iterable[model.SubjectKey]) -> dict[tuple[UUID, int], bytes]:
        """Data keys by subject and version: remembered ones, and the rest in one call to the provider."""
        found: dict[tuple[UUID, int], bytes] = {}
        asked: list[model.SubjectKey] = []
        for key in keys:
            known = self._remembered.get(key.wrapped.data)
            if known is None:
                asked.append(key)
            else:
                found[key.subject, key.version] = known
        secrets = await self._provider.unwrap([key.wrapped for key in asked]) if asked else []
        for key, secret in zip(asked, secrets, strict=True):
            plain = data_key.unpack(secret, key.subject, key.version)
            if plain is None:
                raise model.KeyServiceWrong("a key is not that of its subject")
            self._remembered.put(key.wrapped.data, plain)
            found[key.subject, key.version] = plain
        return found

    def _seal(self, key: bytes, subject: UUID, field: str, version: int, value: str | bytes) -> bytes:
        data = value.encode() if isinstance(value, str) else value
        if len(data) > model.VALUE_BYTES_MAX:
            raise model.ValueTooLarge("a sealed field holds at most 64 KiB", bytes_max=model.VALUE_BYTES_MAX)
        nonce = self._ids.token(primitives.GCM_NONCE_SIZE)
        bound = sealed.bound(subject, field, version)
        return sealed.pack(version, nonce, primitives.aes_gcm_seal(key=key, nonce=nonce, data=data, bound=bound))

    def _derived(self, use: str) -> bytes:
        """A key of its own for each use; there are few uses, all of them in our source."""
        if use not in self._index_keys:
            self._index_keys[use] = primitives.hkdf_sha256(
                key=self._index_key, salt=b"", info=use.encode(), size=primitives.DIGEST_SIZE
            )
        return self._index_keys[use]
