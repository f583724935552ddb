"""Who is screened, and the decisions that were made about them."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.screening.model import people

_COLUMNS = """
id, kind::text, owner, outcome::text, failure::text, state::text, person, commitment, decision, screened_at"""
_ADD = """
INSERT INTO screening_subject (id, kind, owner, outcome, state, commitment, tokens)
VALUES ($1, $2::screening_subject_kind, $3, 'pending', 'pending', '', '') ON CONFLICT DO NOTHING"""
_LOCK = f"SELECT {_COLUMNS} FROM screening_subject WHERE id = $1 FOR NO KEY UPDATE"  # noqa: S608 -- constants
_ONE = f"SELECT {_COLUMNS} FROM screening_subject WHERE id = $1"  # noqa: S608 -- constants
_SOME = f"SELECT {_COLUMNS} FROM screening_subject WHERE id = ANY($1::uuid[]) ORDER BY id"  # noqa: S608 -- constants
_OWNED = f"SELECT {_COLUMNS} FROM screening_subject WHERE owner = $1 ORDER BY id"  # noqa: S608 -- constants
_SCREENED = """
UPDATE screening_subject SET outcome = $2::screening_state, failure = $3::screening_failure, state = $4::screening_state,
  person = $5, commitment = $6, tokens = coalesce($7, tokens), decision = $8, screened_at = $9 WHERE id = $1"""
_STATES = """
UPDATE screening_subject s SET state = n.state::screening_state
FROM unnest($1::uuid[], $2::text[]) AS n(id, state) WHERE s.id = n.id"""
_UNANSWERED = """
SELECT id FROM screening_subject
WHERE outcome IN ('pending', 'error') AND (failure IS DISTINCT FROM 'matcher_failed' OR screened_at < $1)
  AND person IS NOT NULL ORDER BY screened_at, id LIMIT $2"""
_WAITING = "SELECT count(*) FROM screening_subject WHERE outcome IN ('pending', 'error')"
_TOKENS = """
SELECT id, tokens FROM screening_subject WHERE id > $1 ORDER BY id LIMIT $2"""
_DECIDE = """
INSERT INTO screening_decision (id, subject, owner, trigger, outcome, failure, state, matcher, libraries, lists, review,
  strong, count, hits, person, answer, commitment, digest, at)
VALUES ($1, $2, $3, $4::screening_trigger, $5::screening_state, $6::screening_failure, $7::screening_state, $8, $9, $10,
  $11, $12, $13, $14, $15, $16, $17, $18, $19)"""
_DECISION = """
id, subject, owner, trigger::text, outcome::text, failure::text, state::text, matcher, libraries, lists, review, strong,
count, hits, person, answer, commitment, digest, at"""
_READ = f"SELECT {_DECISION} FROM screening_decision WHERE id = $1"  # noqa: S608 -- constants
_OF = f"""
SELECT {_DECISION} FROM screening_decision WHERE subject = $1 AND ($2::uuid IS NULL OR id < $2)
ORDER BY id DESC LIMIT $3"""  # noqa: S608 -- constants

_STANDING = """
SELECT s.id, CASE WHEN s.state = 'clear' AND EXISTS (
    SELECT FROM screening_hit h WHERE h.subject = s.id AND h.state IN ('false_positive', 'accepted') AND h.expires_at <= $2)
  THEN 'review' ELSE s.state::text END AS state
FROM screening_subject s WHERE s.id = ANY($1::uuid[])"""

MATCHER_AGAIN = timedelta(hours=1)
"""How long to wait before a person on whom the matcher failed is tried again."""


class Tokens(NamedTuple):
    """`screening_subject.tokens` of somebody."""

    id: UUID
    tokens: bytes


async def hold(tx: transaction.Tx, subject: UUID) -> people.Subject | None:
    """The subject, ours until the transaction ends."""
    row = await tx.row(_LOCK, subject)
    return _subject(row) if row else None


async def add(tx: transaction.Tx, subject: UUID, kind: people.SubjectKind, owner: UUID) -> None:
    """Nobody's double: whoever is here already stays."""
    await tx.execute(_ADD, subject, kind.value, owner)


async def one(tx: transaction.Tx, subject: UUID) -> people.Subject | None:
    row = await tx.row(_ONE, subject)
    return _subject(row) if row else None


async def some(tx: transaction.Tx, subjects: Collection[UUID]) -> list[people.Subject]:
    return [_subject(row) for row in await tx.fetch(_SOME, list(subjects))]


async def owned(tx: transaction.Tx, owner: UUID) -> list[people.Subject]:
    """Who lies under an account's key: itself, and those whom it deals with."""
    return [_subject(row) for row in await tx.fetch(_OWNED, owner)]


async def screened(tx: transaction.Tx, made: people.Stored, sealed: bytes, tokens: bytes | None) -> None:
    """The subject as the newest decision leaves it; without tokens those that it has stay."""
    failure = made.failure.value if made.failure else None
    await tx.execute(
        _SCREENED, made.subject, made.outcome.value, failure, made.state.value, sealed, made.commitment, tokens, made.id,
        made.at,
    )  # fmt: skip


async def restate(tx: transaction.Tx, states: Sequence[tuple[UUID, people.State]]) -> None:
    if states:
        numbers, names = zip(*states, strict=True)
        await tx.execute(_STATES, list(numbers), [each.value for each in names])


async def states(tx: transaction.Tx, subjects: Collection[UUID], now: datetime) -> list[tuple[UUID, people.State]]:
    """As they hold now; whoever is not here is left out."""
    return [(row["id"], people.State(row["state"])) for row in await tx.fetch(_STANDING, list(subjects), now)]


async def unanswered(tx: transaction.Tx, now: datetime, limit: int) -> list[UUID]:
    """Who has no answer, longest waiting first."""
    return [row["id"] for row in await tx.fetch(_UNANSWERED, now - MATCHER_AGAIN, limit)]


async def waiting(tx: transaction.Tx) -> int:
    """How many have no answer."""
    found: int = await tx.value(_WAITING)
    return found


async def tokens(tx: transaction.Tx, after: UUID, limit: int) -> list[Tokens]:
    """Everybody's tokens in the order of numbers."""
    return [Tokens(row["id"], row["tokens"]) for row in await tx.fetch(_TOKENS, after, limit)]


async def decide(tx: transaction.Tx, made: people.Stored) -> None:
    await tx.execute(
        _DECIDE, made.id, made.subject, made.owner, made.trigger.value, made.outcome.value,
        made.failure.value if made.failure else None, made.state.value, made.matcher, json.dumps(made.libraries),
        list(made.lists), made.review, made.strong, made.count, made.hits, made.person, made.answer, made.commitment,
        made.digest, made.at,
    )  # fmt: skip


async def decision(tx: transaction.Tx, number: UUID) -> people.Stored | None:
    row = await tx.row(_READ, number)
    return _decision(row) if row else None


async def decisions(tx: transaction.Tx, subject: UUID, before: UUID | None, limit: int) -> list[people.Stored]:
    """Of one subject, newest first."""
    return [_decision(row) for row in await tx.fetch(_OF, subject, before, limit)]


def _subject(row: transaction.Record) -> people.Subject:
    return people.Subject(
        id=row["id"],
        kind=people.SubjectKind(row["kind"]),
        owner=row["owner"],
        outcome=people.State(row["outcome"]),
        failure=people.Failure(row["failure"]) if row["failure"] else None,
        state=people.State(row["state"]),
        person=row["person"],
        commitment=row["commitment"],
        decision=row["decision"],
        screened_at=row["screened_at"],
    )


def _decision(row: transaction.Record) -> people.Stored:
    return people.Stored(
        id=row["id"],
        subject=row["subject"],
        owner=row["owner"],
        trigger=people.Trigger(row["trigger"]),
        outcome=people.State(row["outcome"]),
        state=people.State(row["state"]),
        failure=people.Failure(row["failure"]) if row["failure"] else None,
        matcher=row["matcher"],
        libraries=json.loads(row["libraries"]),
        lists=tuple(row["lists"]),
        review=row["review"],
        strong=row["strong"],
        count=row["count"],
        hits=row["hits"],
        person=row["person"],
        answer=row["answer"],
        commitment=row["commitment"],
        digest=row["digest"],
        at=row["at"],
    )
