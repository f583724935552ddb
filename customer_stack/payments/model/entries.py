"""What payments write into the audit log: opaque numbers, states and codes. Never a name, an account or an amount."""

from uuid import UUID

from boundary.kernel import records
from customer_stack.access import model as access


class BeneficiaryAdded(records.Entry, frozen=True, tag="payments.beneficiary_added.v1"):
    """A customer may pay somebody, from a moment on; `details` is a keyed commitment."""

    beneficiary: UUID
    account: UUID
    details: records.Hash32
    payee: str
    screened: str


class BeneficiaryChanged(records.Entry, frozen=True, tag="payments.beneficiary_changed.v1"):
    beneficiary: UUID
    details: records.Hash32
    payee: str
    screened: str


class BeneficiaryRemoved(records.Entry, frozen=True, tag="payments.beneficiary_removed.v1"):
    beneficiary: UUID


class BeneficiaryScreened(records.Entry, frozen=True, tag="payments.beneficiary_screened.v1"):
    beneficiary: UUID
    screened: str


class WithdrawalMoved(records.Entry, frozen=True, tag="payments.withdrawal_moved.v1"):
    """A transition: from what, by what, to what."""

    withdrawal: UUID
    before: str
    event: str
    after: str
    code: str


class WithdrawalContradicted(records.Entry, frozen=True, tag="payments.withdrawal_contradicted.v1"):
    """The provider says what cannot follow on what it said before. Nothing was moved; somebody has to look."""

    withdrawal: UUID
    state: str
    said: str


class WithdrawalApproved(records.Entry, frozen=True, tag="payments.withdrawal_approved.v1"):
    withdrawal: UUID
    first: UUID
    second: UUID


class DepositBooked(records.Entry, frozen=True, tag="payments.deposit_booked.v1"):
    """Money came in and was credited, or put into suspense; one hash for each, of its own number and transfer."""

    count: records.Count
    suspense: records.Count
    digest: records.Hash32


class DepositResolved(records.Entry, frozen=True, tag="payments.deposit_resolved.v1"):
    """Money left suspense by the decision of two people."""

    deposit: UUID
    state: str
    first: UUID
    second: UUID


class DepositHeldUp(records.Entry, frozen=True, tag="payments.deposit_held_up.v1"):
    """Clearance does not allow that money in suspense is credited; or compliance decided so."""

    deposit: UUID
    why: str


class DepositCleared(records.Entry, frozen=True, tag="payments.deposit_cleared.v1"):
    """Compliance released money that it held up, and it was credited."""

    deposit: UUID


class WithdrawalsEnded(records.Entry, frozen=True, tag="payments.withdrawals_ended.v1"):
    """A freeze ended whatever of an account nobody was handed yet."""

    account: UUID
    saga: UUID
    count: records.Count


class WithdrawalClaimed(records.Entry, frozen=True, tag="payments.withdrawal_claimed.v1"):
    """Somebody took up a withdrawal of the work list, or let go of it."""

    withdrawal: UUID
    by: UUID
    claimed: bool


class WithdrawalResolved(records.Entry, frozen=True, tag="payments.withdrawal_resolved.v1"):
    """Somebody ticked a withdrawal off the work list. Nothing moved."""

    withdrawal: UUID
    by: UUID
    resolution: str


class ReturnBegun(records.Entry, frozen=True, tag="payments.return_begun.v1"):
    """Money of nobody is being paid back to where it came from."""

    deposit: UUID
    withdrawal: UUID


class StatementTaken(records.Entry, frozen=True, tag="payments.statement_taken.v1"):
    statement: UUID
    digest: records.Hash32
    size: records.Count


class StatementEnded(records.Entry, frozen=True, tag="payments.statement_ended.v1"):
    statement: UUID
    state: str
    lines: records.Count
    booked: records.Count
    suspense: records.Count


class EventRefused(records.Entry, frozen=True, tag="payments.event_refused.v1"):
    """Somebody sent what is no event of a provider."""

    digest: records.Hash32
    reason: str


class EventHeard(records.Entry, frozen=True, tag="payments.event_heard.v1"):
    key: records.Hash32
    digest: records.Hash32
    seen: str


class HookChanged(records.Entry, frozen=True, tag="payments.hook_changed.v1"):
    hook: UUID
    state: str
    by: UUID


class ApproveWithdrawal(access.Act, frozen=True, tag="payments.approve_withdrawal.v1"):
    """Let a large withdrawal go, as it stood when it was proposed."""

    withdrawal: UUID
    revision: records.Count


class RejectWithdrawal(access.Act, frozen=True, tag="payments.reject_withdrawal.v1"):
    """End a large withdrawal that waits, and give the money back."""

    withdrawal: UUID
    revision: records.Count


class ReleaseDeposit(access.Act, frozen=True, tag="payments.release_deposit.v1"):
    """Credit money in suspense to an account."""

    deposit: UUID
    account: UUID


class ReturnDeposit(access.Act, frozen=True, tag="payments.return_deposit.v1"):
    """Send money in suspense back where it came from: it leaves suspense to be paid."""

    deposit: UUID


class Reconsider(records.Job, frozen=True, tag="customer.payments.reconsider.v1"):
    """Look again at deposits and withdrawals that compliance was to look at."""


class SendDue(records.Job, frozen=True, tag="customer.payments.send_due.v1"):
    """Hand over withdrawals that are due, and ask about those of unknown fate."""


class Send(records.Job, frozen=True, tag="customer.payments.send.v1"):
    """Hand over one withdrawal."""

    withdrawal: UUID


class ReadStatement(records.Job, frozen=True, tag="customer.payments.read_statement.v1"):
    """Go through a statement from where it stands."""

    statement: UUID


class TellHooks(records.Job, frozen=True, tag="customer.payments.tell_hooks.v1"):
    """Tell operators' systems what is due."""
