"""Rails, and what the decision about one says."""

import enum
from datetime import date, datetime

import msgspec

from boundary.kernel import errors


class Rail(enum.StrEnum):
    """Ways that money takes. One name each, used at every border: two names for one rail find no provider."""

    ACH = "ach"
    CEFTS = "cefts"
    CHAPS = "chaps"
    FPS = "fps"
    INTERAC = "interac"
    LYNX = "lynx"
    RTGS = "rtgs"
    SEPA = "sepa"
    SEPA_INSTANT = "sepa_instant"
    SLIPS = "slips"
    SWIFT = "swift"
    UAEFTS = "uaefts"
    WIRE = "wire"


class Priority(enum.StrEnum):
    STANDARD = "standard"
    INSTANT = "instant"


class Need(enum.StrEnum):
    """What a beneficiary on a rail must have."""

    IBAN = "iban"
    BIC = "bic"
    ABA = "aba"
    ACCOUNT_NUMBER = "account_number"
    SORT_CODE = "sort_code"
    LK_ACCOUNT = "lk_account"
    INTERAC_EMAIL = "interac_email"
    STRUCTURED_ADDRESS = "structured_address"
    PAYEE_CHECK = "payee_check"


class Reason(enum.StrEnum):
    """Why a rail was taken, or passed over."""

    DOMESTIC = "domestic"
    SAME_ZONE = "same_zone"
    INTERNATIONAL = "international"
    COUNTRY_UNKNOWN = "country_unknown"
    CURRENCY_HAS_NO_LOCAL_RAIL = "currency_has_no_local_rail"
    PRIORITY = "priority"
    ABOVE_LIMIT = "above_limit"
    BELOW_LIMIT = "below_limit"
    NOT_IN_FORCE = "not_in_force"
    NO_PROVIDER = "no_provider"
    AFTER_CUT_OFF = "after_cut_off"
    HOLIDAY = "holiday"
    CALENDAR_UNKNOWN = "calendar_unknown"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the decision table. `zone` is a country, a named group of countries, or `*` for anywhere; limits are
    in the currency's minor unit. Lines of one currency are tried from the lowest `order`.
    """

    currency: str
    zone: str
    rail: Rail
    order: int
    since: date = date(2020, 1, 1)
    until: date | None = None
    priority: Priority = Priority.STANDARD
    amount_min: int = 0
    amount_max: int | None = None
    calendar: str = ""
    """Empty: every day is a business day, and money is there at once."""
    cut_off: str = ""
    days: int = 0
    needs: tuple[Need, ...] = ()


class Price(msgspec.Struct, frozen=True):
    """A fee in the minor unit of its own currency."""

    currency: str
    minor: int


class Passed(msgspec.Struct, frozen=True):
    """A rail that could have been and was not, and why."""

    rail: Rail
    reason: Reason


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that can be read, stored and made again: `table` is the digest of the data that it was made by."""

    rail: Rail
    reasons: tuple[Reason, ...]
    passed: tuple[Passed, ...]
    fallbacks: tuple[Rail, ...]
    cut_off: datetime | None
    value_date: date
    fee: Price | None
    needs: tuple[Need, ...]
    table: str


class CountryUnknown(errors.Invalid):
    """ISO 3166 knows no country by these two letters, which are capitals."""

    code = "payment_country_unknown"


class NoRail(errors.Invalid):
    """No rail carries this currency in this amount between these countries."""

    code = "payment_no_rail"
