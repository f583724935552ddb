"""Reads and writes of the channel's state, names and references. Statements are set-based where many rows move."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import epoch_store, transaction
from customer_stack.gate import model, tables

_ENSURE = postgresql.insert(tables.CHANNEL).values(id=sa.bindparam("id")).on_conflict_do_nothing()
_LOCK = sa.select(tables.CHANNEL).where(tables.CHANNEL.c.id == sa.bindparam("channel")).with_for_update()
_ALL = sa.select(tables.CHANNEL).order_by(tables.CHANNEL.c.id)
_SAVE = (
    sa.update(tables.CHANNEL)
    .where(tables.CHANNEL.c.id == sa.bindparam("channel"))
    .values(link=sa.bindparam("new_link"), answered_at=sa.bindparam("new_answered_at"))
)

_LEASE = """
INSERT INTO channel_lease (channel, holder, until, backend) VALUES ($1, $2, now() + $3::interval, pg_backend_pid())
ON CONFLICT (channel) DO UPDATE SET holder = $2, until = now() + $3::interval, backend = pg_backend_pid()
WHERE channel_lease.holder = $2 OR channel_lease.until < now()
  OR NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = channel_lease.backend)"""
_RELEASE = "DELETE FROM channel_lease WHERE channel = $1 AND holder = $2"
_NAME = """
INSERT INTO channel_subject (channel, epoch, sequence, position, subject)
SELECT $1, $2, $3, n.place - 1, n.subject FROM unnest($4::uuid[]) WITH ORDINALITY AS n(subject, place)"""
_NAMES = """
SELECT DISTINCT ON (subject) subject, epoch, sequence, position FROM channel_subject
WHERE channel = $1 AND subject = ANY($2::uuid[]) ORDER BY subject, epoch, sequence, position"""
_TALLY = """
INSERT INTO channel_tally (channel, open_intents)
SELECT $1, coalesce(sum(CASE WHEN is_open THEN 1 ELSE 0 END - CASE WHEN was_open THEN 1 ELSE 0 END), 0) FROM changed
ON CONFLICT (channel) DO UPDATE SET open_intents = channel_tally.open_intents + excluded.open_intents
WHERE excluded.open_intents <> 0"""
_OPENNESS = """
  old.outcome IN ('accepted', 'working') AS was_open, new.outcome IN ('accepted', 'working') AS is_open"""
_OUTCOMES = f"""
WITH changed AS (
  UPDATE channel_subject s SET outcome = n.outcome::channel_outcome, code = n.code, answered_at = now()
  FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::smallint[])
    AS n(epoch, sequence, first, last, outcome, code)
  WHERE s.channel = $1 AND s.epoch = n.epoch AND s.sequence = n.sequence AND s.position BETWEEN n.first AND n.last
  RETURNING {_OPENNESS}
){_TALLY}"""  # noqa: S608 -- constants of this module
PURGE_SUBJECTS = """
DELETE FROM channel_subject WHERE (channel, epoch, sequence, position) IN (
  SELECT s.channel, s.epoch, s.sequence, s.position FROM channel_outbound o JOIN channel_subject s
    ON s.channel = o.channel AND (s.epoch, s.sequence) < (o.epoch, coalesce((
      SELECT min(f.sequence) FROM channel_sent f WHERE f.channel = o.channel AND f.epoch = o.epoch), 0))
  WHERE s.answered_at < now() - $1::interval AND s.outcome IN ('applied', 'refused', 'cancelled', 'expired')
    AND NOT EXISTS (SELECT FROM channel_sent c
      WHERE (c.channel, c.epoch, c.sequence) = (s.channel, s.epoch, s.sequence))
    AND NOT EXISTS (SELECT FROM channel_reservation r WHERE r.channel = s.channel AND r.subject = s.subject)
  LIMIT $2)"""
"""What came of messages that can have no other outcome any more, and whose core is gone too."""
_RENAME = f"""
WITH changed AS (
  UPDATE channel_subject s SET epoch = $2, sequence = n.now, outcome = 'sent', code = NULL, answered_at = NULL
  FROM unnest($3::bigint[], $4::bigint[], $5::bigint[]) AS n(epoch, sequence, now)
  WHERE s.channel = $1 AND s.epoch = n.epoch AND s.sequence = n.sequence
  RETURNING {_OPENNESS}
){_TALLY}"""  # noqa: S608 -- likewise
_DETACH = """
UPDATE channel_reference r SET state = 'burnt', subject = NULL
FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS n(epoch, sequence, position)
JOIN channel_subject s ON s.channel = $1 AND (s.epoch, s.sequence, s.position) = (n.epoch, n.sequence, n.position)
WHERE r.channel = $1 AND r.activation = s.subject AND r.state = 'attached'"""
_OUTCOME_COUNTS = """
SELECT s.outcome::text, count(*) FROM channel_subject s
JOIN (SELECT epoch, sequence, position FROM channel_subject WHERE channel = $1 AND subject = $2 LIMIT 1) f
  ON (s.epoch, s.sequence, s.position) >= (f.epoch, f.sequence, f.position)
WHERE s.channel = $1 GROUP BY s.outcome"""
_VOID = """
UPDATE channel_subject SET outcome = 'refused', answered_at = now()
WHERE channel = $1 AND epoch = $2 AND sequence = $3"""
_REFERENCES = """
INSERT INTO channel_reference (reference, channel, state) SELECT unnest($2::uuid[]), $1, $3::reference_state
ON CONFLICT DO NOTHING"""
_HOLD_SUBJECT = "SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0))"
_ATTACH = """
UPDATE channel_reference SET state = 'attached', subject = $2, activation = $3, attached_at = now() WHERE reference = (
  SELECT reference FROM channel_reference WHERE channel = $1 AND state = 'spare' LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING reference"""
_REFERENCE_OF = "SELECT reference FROM channel_reference WHERE subject = $1"
_STOCK = "SELECT count(*) FROM channel_reference WHERE channel = $1 AND state = 'spare'"
_BURN = "UPDATE channel_reference SET state = 'burnt' WHERE channel = $1 AND state = 'spare'"
_WALLETS = """
INSERT INTO channel_wallet (address, channel, reference, kind)
SELECT n.address, $1, n.reference, n.kind::wallet_kind FROM unnest($2::bytea[], $3::uuid[], $4::text[])
  AS n(address, reference, kind) ORDER BY n.address ON CONFLICT DO NOTHING"""
_WALLETS_OF = """
SELECT address, reference, kind::text FROM channel_wallet
WHERE channel = $1 AND reference = $2 ORDER BY heard_at, address"""
_RESERVATION = "INSERT INTO channel_reservation (channel, subject) VALUES ($1, $2)"
_OPEN_RESERVATION = """
SELECT EXISTS (
  SELECT FROM channel_reservation r LEFT JOIN channel_subject s ON s.channel = r.channel AND s.subject = r.subject
  WHERE r.channel = $1 AND coalesce(s.outcome, 'sent') = 'sent')"""
_FORGET_RESERVATION = "DELETE FROM channel_reservation WHERE channel = $1"
_TOTALS = """
SELECT (SELECT count(*) FROM channel_reference WHERE channel = $1 AND state = 'attached')
  - (SELECT count(*) FROM channel_outbox o CROSS JOIN unnest(o.subjects) AS n(subject)
     JOIN channel_reference r ON r.activation = n.subject WHERE o.channel = $1)
  - (SELECT count(*) FROM channel_subject s JOIN channel_reference r ON r.activation = s.subject
     WHERE s.channel = $1 AND (s.epoch, s.sequence) > ($2, $3)),
  coalesce(t.open_intents, 0), coalesce(t.charged, 0), coalesce(t.paid, 0)
FROM (SELECT) LEFT JOIN channel_tally t ON t.channel = $1"""
_ADD_CHECKPOINT = """
INSERT INTO channel_checkpoint (channel, agreement, sent_epoch, sent_sequence, received_epoch, received_sequence,
  own_participants, own_open_intents, own_charged, own_paid, participants, open_intents, charged, paid)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"""

Totals = tuple[int, int, int, int]
"""Participants, open intents, charged, paid."""


class Place(Protocol):
    """A place of one direction."""

    @property
    def epoch(self) -> int: ...
    @property
    def sequence(self) -> int: ...


async def totals(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> Totals:
    """Of all that was told so far; participants are those whose activation was said up to this core of ours."""
    row = await tx.row(_TOTALS, channel, epoch, sequence)
    assert row is not None, "there is one row of totals"
    return row[0], row[1], row[2], row[3]


async def add_checkpoint(
    tx: transaction.Tx,
    channel: UUID,
    agreement: model.Agreement,
    sent: Place,
    received: Place,
    ours: Totals,
    theirs: Totals,
) -> None:
    places = (sent.epoch, sent.sequence, received.epoch, received.sequence)
    await tx.execute(_ADD_CHECKPOINT, channel, agreement.value, *places, *ours, *theirs)


async def outcome_counts(tx: transaction.Tx, channel: UUID, first: UUID) -> dict[str, int]:
    """How many subjects named since `first` have which outcome."""
    rows = await tx.fetch(_OUTCOME_COUNTS, channel, first)
    return {row["outcome"]: row["count"] for row in rows}


async def lease(tx: transaction.Tx, channel: UUID, holder: UUID, seconds: int) -> bool:
    """Whether this relay may carry the channel for the next seconds. One whose database session is gone is dead."""
    return await tx.execute(_LEASE, channel, holder, timedelta(seconds=seconds)) == 1


async def release(tx: transaction.Tx, channel: UUID, holder: UUID) -> None:
    await tx.execute(_RELEASE, channel, holder)


async def name_subjects(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int, subjects: Sequence[UUID]) -> None:
    """The subjects of a core's messages, in their order."""
    await tx.execute(_NAME, channel, epoch, sequence, subjects)


async def names_of(tx: transaction.Tx, channel: UUID, subjects: Collection[UUID]) -> dict[UUID, tuple[int, int, int]]:
    """The name under which each subject's first message went out."""
    rows = await tx.fetch(_NAMES, channel, list(subjects))
    return {row["subject"]: (row["epoch"], row["sequence"], row["position"]) for row in rows}


class Said(NamedTuple):
    """What became of the messages at neighbouring places of one core."""

    epoch: int
    sequence: int
    first: int
    last: int
    outcome: model.Outcome
    code: int | None


async def outcomes(tx: transaction.Tx, channel: UUID, said: Sequence[Said]) -> None:
    """Write what became of messages, by name, and count what is open now. No name may be among them twice."""
    columns = zip(*said, strict=True)
    await tx.execute(_OUTCOMES, channel, *(list(column) for column in columns))


async def rename(tx: transaction.Tx, channel: UUID, moved: Sequence[epoch_store.Moved], epoch: int) -> None:
    """The messages of these cores have another name now, and no outcome under it yet."""
    if moved:
        await tx.execute(
            _RENAME, channel, epoch, [m.epoch for m in moved], [m.sequence for m in moved], [m.now for m in moved]
        )


async def detach_refused(tx: transaction.Tx, channel: UUID, names: Sequence[tuple[int, int, int]]) -> int:
    """Take references back whose activation is among these messages: the other side will never know them as active."""
    return await tx.execute(_DETACH, channel, *([name[n] for name in names] for n in range(3)))


async def void(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> None:
    await tx.execute(_VOID, channel, epoch, sequence)


async def add_references(
    tx: transaction.Tx, channel: UUID, references: Sequence[UUID], state: model.ReferenceState
) -> None:
    await tx.execute(_REFERENCES, channel, list(references), state.value)


async def hold_subject(tx: transaction.Tx, subject: UUID) -> None:
    """Until the transaction ends nobody else attaches a reference to this subject."""
    await tx.execute(_HOLD_SUBJECT, subject)


async def attach(tx: transaction.Tx, channel: UUID, subject: UUID, activation: UUID) -> UUID | None:
    """A spare reference, taken for the subject; none if the stock is empty. ACTIVATION is what the message that says so
    is about.
    """
    reference: UUID | None = await tx.value(_ATTACH, channel, subject, activation)
    return reference


async def reference_of(tx: transaction.Tx, subject: UUID) -> UUID | None:
    reference: UUID | None = await tx.value(_REFERENCE_OF, subject)
    return reference


async def add_wallets(tx: transaction.Tx, channel: UUID, wallets: Sequence[model.Wallet]) -> None:
    await tx.execute(
        _WALLETS,
        channel,
        [each.address for each in wallets],
        [each.reference for each in wallets],
        [each.kind.value for each in wallets],
    )


async def wallets_of(tx: transaction.Tx, channel: UUID, reference: UUID) -> list[model.Wallet]:
    rows = await tx.fetch(_WALLETS_OF, channel, reference)
    return [model.Wallet(row["reference"], row["address"], model.WalletKind(row["kind"])) for row in rows]


async def stock(tx: transaction.Tx, channel: UUID) -> int:
    count: int = await tx.value(_STOCK, channel)
    return count


async def burn(tx: transaction.Tx, channel: UUID) -> int:
    return await tx.execute(_BURN, channel)


async def reservation_is_open(tx: transaction.Tx, channel: UUID) -> bool:
    found: bool = await tx.value(_OPEN_RESERVATION, channel)
    return found


async def note_reservation(tx: transaction.Tx, channel: UUID, subject: UUID) -> None:
    """In the place of the one before. Its outcome closes it, whatever that is: issued, refused or voided."""
    await tx.execute(_FORGET_RESERVATION, channel)
    await tx.execute(_RESERVATION, channel, subject)


async def lock(tx: transaction.Tx, channel: UUID) -> model.ChannelState:
    """The channel's state, created if it is new, held until the transaction ends."""
    await tx.execute(_ENSURE, id=channel)
    row = await tx.row(_LOCK, channel=channel)
    assert row is not None, "the row was created a statement ago"
    return _state(row)


async def save(tx: transaction.Tx, channel: UUID, link: model.Link, answered_at: datetime | None) -> None:
    await tx.execute(_SAVE, channel=channel, new_link=link.value, new_answered_at=answered_at)


async def channels(tx: transaction.Tx) -> list[model.ChannelState]:
    return [_state(row) for row in await tx.fetch(_ALL)]


def _state(row: transaction.Record) -> model.ChannelState:
    return model.ChannelState(row["id"], model.Link(row["link"]), row["answered_at"])
