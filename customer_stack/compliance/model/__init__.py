"""Operations, verdicts and their reasons."""

import enum
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import errors


class OperationKind(enum.StrEnum):
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    CONVERSION = "conversion"
    STAKE = "stake"
    TRADE = "trade"
    TRANSFER = "transfer"


class Answer(enum.StrEnum):
    """In the order of their gravity."""

    ALLOW = "allow"
    REVIEW = "review"
    REFUSE = "refuse"


class Rate(NamedTuple):
    """So many smallest units of a currency for one smallest unit of an asset, as a fraction."""

    numerator: int
    denominator: int


class Party(msgspec.Struct, frozen=True):
    """One end of a payment as the travel rule asks for it. It is looked at and not kept."""

    name: str = ""
    account: str = ""
    address: str = ""


class TravelFields(msgspec.Struct, frozen=True):
    originator: Party
    beneficiary: Party


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants done. `account` is the customer; `ledger_account` is the one that gives, or, of a deposit, gets.

    `amount` counts the smallest units of `asset`. `destination` is the country that money goes to or comes from.
    """

    id: UUID
    kind: OperationKind
    account: UUID
    ledger_account: UUID
    amount: int
    asset: int
    counterparty: UUID | None = None
    destination: str = ""
    travel: TravelFields | None = None


class Code(enum.StrEnum):
    """Why an operation is not simply allowed. Names are stored and never change."""

    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    ACCOUNT_NOT_THEIRS = "account_not_theirs"
    KYC_MISSING = "kyc_missing"
    KYC_LEVEL = "kyc_level"
    KYC_FROZEN = "kyc_frozen"
    SANCTIONS_BLOCKED = "sanctions_blocked"
    SANCTIONS_UNCLEAR = "sanctions_unclear"
    COUNTERPARTY_BLOCKED = "counterparty_blocked"
    COUNTERPARTY_UNCLEAR = "counterparty_unclear"
    MONITORING_ALERT = "monitoring_alert"
    RISK_UNKNOWN = "risk_unknown"
    RISK_HIGH = "risk_high"
    RISK_PROHIBITED = "risk_prohibited"
    COOL_OFF = "cool_off"
    SELF_EXCLUDED = "self_excluded"
    DEPOSIT_LIMIT = "deposit_limit"
    LOSS_LIMIT = "loss_limit"
    STAKE_LIMIT = "stake_limit"
    LIMIT_SINGLE = "limit_single"
    LIMIT_DAY = "limit_day"
    LIMIT_MONTH = "limit_month"
    NO_RATE = "no_rate"
    TRAVEL_RULE = "travel_rule"


_REVIEWED = frozenset(
    {
        Code.SANCTIONS_UNCLEAR,
        Code.COUNTERPARTY_UNCLEAR,
        Code.MONITORING_ALERT,
        Code.RISK_UNKNOWN,
        Code.RISK_HIGH,
        Code.NO_RATE,
        Code.TRAVEL_RULE,
    }
)
GRAVITY: Mapping[Code, Answer] = {code: Answer.REVIEW if code in _REVIEWED else Answer.REFUSE for code in Code}
"""What each reason comes to. Only what a person may decide is for review; everything else is no."""

TOLD = frozenset(
    {
        Code.AMOUNT_NOT_POSITIVE, Code.ACCOUNT_NOT_THEIRS, Code.KYC_MISSING, Code.KYC_LEVEL, Code.COOL_OFF,
        Code.SELF_EXCLUDED, Code.DEPOSIT_LIMIT, Code.LOSS_LIMIT, Code.STAKE_LIMIT, Code.LIMIT_SINGLE, Code.LIMIT_DAY,
        Code.LIMIT_MONTH, Code.TRAVEL_RULE,
    }
)  # fmt: skip
"""Reasons that a customer may hear. The others would tell somebody who is looked at that they are."""


class Reason(msgspec.Struct, frozen=True):
    code: Code


class NotAllowed(errors.Forbidden):
    """Clearance does not allow the operation. The fact `reason` is the first that may be told, if there is one."""

    code = "clearance_not_allowed"


class UnderReview(errors.Conflict):
    """The operation is held until somebody has looked at it. It may be sent again later."""

    code = "clearance_under_review"


class Verdict(msgspec.Struct, frozen=True):
    """The answer to one operation. `id` is what the transfer names."""

    id: UUID
    operation: UUID
    answer: Answer
    reasons: tuple[Reason, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """What the customer may hear of the reasons."""
        return tuple(each.code.value for each in self.reasons if each.code in TOLD)

    @property
    def refusal(self) -> errors.Refusal | None:
        """What whoever asked is answered, unless it is allowed. To be raised when the verdict is committed."""
        if self.answer is Answer.ALLOW:
            return None
        if self.answer is Answer.REVIEW:
            return UnderReview("somebody has to look at this first")
        return NotAllowed("this is not allowed", reason=next(iter(self.told), ""))


class UnknownVerdict(errors.NotFound):
    """There is no such verdict, or none that is held."""

    code = "clearance_unknown"


class UnknownCustomer(errors.NotFound):
    """There is no customer with this number."""

    code = "compliance_customer_unknown"


class NoSigningKey(errors.Unavailable):
    """Nothing here signs files: CUSTOMER_RECORDS_KEY_FILE is not set for the process."""

    code = "compliance_no_signing_key"
