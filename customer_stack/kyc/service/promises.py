"""The jobs that services promise; `jobs` does them."""

from uuid import UUID

from boundary.kernel import records


class Begin(records.Job, frozen=True, tag="customer.kyc.begin.v1"):
    """Ask who verifies about a submitted application."""

    application: UUID


class Scan(records.Job, frozen=True, tag="customer.kyc.scan.v1"):
    """Have a file looked at by the malware scanner."""

    upload: UUID


class Attach(records.Job, frozen=True, tag="customer.kyc.attach.v1"):
    """Give an approved account its participant reference."""

    application: UUID


class RunSaga(records.Job, frozen=True, tag="customer.kyc.run_saga.v1"):
    """Go through the steps of a freeze that are not done."""

    saga: UUID


class Thaw(records.Job, frozen=True, tag="customer.kyc.thaw.v1"):
    """Tell the execution stack that an account is not frozen any more."""

    account: UUID


class Redact(records.Job, frozen=True, tag="customer.kyc.redact.v1"):
    """Have who verified let go of a person's data."""

    applicant: str


class Reopen(records.Job, frozen=True, tag="customer.kyc.reopen.v1"):
    """Hold approvals of an earlier policy against the present one."""
