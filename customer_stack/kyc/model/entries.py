"""What onboarding writes into the audit log: numbers, states and digests, never what somebody said of themselves."""

from uuid import UUID

from boundary.kernel import records
from customer_stack.access import model as access


class Happened(records.Entry, frozen=True, tag="customer.kyc.happened.v1"):
    """An event was added to an application's log; the digest is over all of it."""

    application: UUID
    event: str
    source: str
    sequence: records.Count
    digest: records.Hash32


class StateChanged(records.Entry, frozen=True, tag="customer.kyc.state_changed.v1"):
    """What follows from the events is another state than before."""

    application: UUID
    account: UUID
    before: str
    after: str
    level: records.Count
    policy_version: records.Count


class Claimed(records.Entry, frozen=True, tag="customer.kyc.claimed.v1"):
    """An officer took an application, or gave it back."""

    application: UUID
    by: UUID
    held: bool


class UploadStored(records.Entry, frozen=True, tag="customer.kyc.upload_stored.v1"):
    """A file arrived whole."""

    upload: UUID
    application: UUID
    size: records.Count


class UploadJudged(records.Entry, frozen=True, tag="customer.kyc.upload_judged.v1"):
    """The scanner said what it thinks of a file."""

    upload: UUID
    state: str


class Viewed(records.Entry, frozen=True, tag="customer.kyc.viewed.v1"):
    """Somebody who works here looked at a file, or without one at a form."""

    application: UUID
    upload: UUID | None
    by: UUID


class HookRefused(records.Entry, frozen=True, tag="customer.kyc.hook_refused.v1"):
    """A webhook was not believed, or is about nobody we know."""

    digest: records.Hash32
    size: records.Count
    reason: str


class SagaBegun(records.Entry, frozen=True, tag="customer.kyc.saga_begun.v1"):
    """An account is frozen, and what follows from that is under way."""

    saga: UUID
    account: UUID
    application: UUID


class SagaStepDone(records.Entry, frozen=True, tag="customer.kyc.saga_step_done.v1"):
    """A step of a freeze took effect."""

    saga: UUID
    step: str


class SagaDone(records.Entry, frozen=True, tag="customer.kyc.saga_done.v1"):
    """Every step of a freeze took effect."""

    saga: UUID


class Unfrozen(records.Entry, frozen=True, tag="customer.kyc.unfrozen.v1"):
    """Two people unfroze an account."""

    account: UUID
    first: UUID
    second: UUID


class Overridden(records.Entry, frozen=True, tag="customer.kyc.overridden.v1"):
    """Two people decided an application against what had been decided."""

    application: UUID
    first: UUID
    second: UUID
    approved: bool


class Attached(records.Entry, frozen=True, tag="customer.kyc.attached.v1"):
    """The account of an approved application has a participant reference from now on."""

    application: UUID


class Override(access.Act, frozen=True, tag="kyc.override.v1"):
    """Approve or reject an application against its decision, if it is still at this revision."""

    application: UUID
    revision: records.Count
    approve: bool
    reason: str


class Unfreeze(access.Act, frozen=True, tag="kyc.unfreeze.v1"):
    """Lift the freeze of an account that this saga brought."""

    account: UUID
    saga: UUID
