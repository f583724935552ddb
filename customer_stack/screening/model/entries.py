"""What screening writes into the audit log, and the jobs that it promises. No person stands here but by number."""

from uuid import UUID

from boundary.kernel import records
from customer_stack.screening import model
from customer_stack.screening.model import people


class ListAdopted(records.Entry, frozen=True, tag="customer.screening.list_adopted.v1"):
    """A version of a list is in use from now on; `sha256` is over the publisher's files, `digest` over what we read."""

    publisher: model.Publisher
    version: records.Count
    sha256: records.Hash32
    digest: records.Hash32
    entities: records.Count
    names: records.Count
    changed: records.Count
    removed: records.Count


class ListConfirmed(records.Entry, frozen=True, tag="customer.screening.list_confirmed.v1"):
    """The publisher's newest version is the one in use."""

    publisher: model.Publisher
    version: records.Count


class ListRefused(records.Entry, frozen=True, tag="customer.screening.list_refused.v1"):
    """Files were not taken as a list; the version in use stayed. The hash is over their bytes."""

    publisher: model.Publisher
    reason: model.Reason
    sha256: records.Hash32


class Decided(records.Entry, frozen=True, tag="customer.screening.decided.v1"):
    """Somebody was screened. `failure` is empty where there was an answer; `person` and `answer` are keyed
    commitments.
    """

    decision: UUID
    subject: UUID
    kind: people.SubjectKind
    trigger: people.Trigger
    state: people.State
    failure: str
    matcher: str
    lists: tuple[records.Count, ...]
    person: records.Hash32
    answer: records.Hash32
    hits: records.Count


class HitDecided(records.Entry, frozen=True, tag="customer.screening.hit_decided.v1"):
    """An officer decided what a hit is."""

    hit: UUID
    subject: UUID
    verdict: people.Verdict
    by: UUID
    revision: records.Count
    state: people.State


class HitProposed(records.Entry, frozen=True, tag="customer.screening.hit_proposed.v1"):
    """The first of two officers said what a hit is. It is open until another says the same."""

    hit: UUID
    subject: UUID
    verdict: people.Verdict
    by: UUID
    revision: records.Count


class HitsClosed(records.Entry, frozen=True, tag="customer.screening.hits_closed.v1"):
    """Open hits are gone, because their entries left the list."""

    hits: tuple[UUID, ...]


class HitsReopened(records.Entry, frozen=True, tag="customer.screening.hits_reopened.v1"):
    """Hits are open again without anybody's doing: verdicts ran out, or entries left a list."""

    cause: people.Cause
    hits: tuple[UUID, ...]


class DecisionRead(records.Entry, frozen=True, tag="customer.screening.decision_read.v1"):
    """Somebody who works here read a decision in clear."""

    decision: UUID
    by: UUID


class Rescreened(records.Entry, frozen=True, tag="customer.screening.rescreened.v1"):
    """Everybody was compared with what changed between two versions of a list."""

    rescreen: records.Count
    publisher: model.Publisher
    version: records.Count
    compared: records.Count
    decided: records.Count


class Follow(records.Job, frozen=True, tag="customer.screening.follow.v1"):
    """Compare everybody with what changed in the lists, from where the last run stopped."""


class Complete(records.Job, frozen=True, tag="customer.screening.complete.v1"):
    """Screen again whoever got no answer."""


class Expire(records.Job, frozen=True, tag="customer.screening.expire.v1"):
    """Reopen hits whose verdict has run out."""


class Watch(records.Job, frozen=True, tag="customer.screening.watch.v1"):
    """Say which lists are missing or too old."""
