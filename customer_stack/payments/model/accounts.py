"""Account numbers: their kinds, and what was found out about one."""

import enum

import msgspec


class Kind(enum.StrEnum):
    IBAN = "iban"
    BIC = "bic"
    ABA = "aba"
    SORT_CODE = "sort-code"
    LK_ACCOUNT = "lk-account"


class Fault(enum.StrEnum):
    """Why a text is no account number of its kind. Part of the command's output, so the words stay."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    CHARACTERS = "characters"
    LENGTH = "length"
    COUNTRY_UNKNOWN = "country_unknown"
    COUNTRY_HAS_NO_IBAN = "country_has_no_iban"
    STRUCTURE = "structure"
    CHECKSUM = "checksum"
    MODULUS = "modulus"
    PREFIX = "prefix"
    BANK_UNKNOWN = "bank_unknown"
    ACCOUNT_LENGTH = "account_length"


class Method(enum.StrEnum):
    """The three sums of British modulus checking."""

    MOD10 = "MOD10"
    MOD11 = "MOD11"
    DBLAL = "DBLAL"


class Weights(msgspec.Struct, frozen=True):
    """A row of Pay.UK's table: a range of sort codes, how to sum, and which exception applies, 0 for none."""

    first: str
    last: str
    method: Method
    weights: tuple[int, ...]
    exception: int = 0


class Modulus(msgspec.Struct, frozen=True):
    """Pay.UK's tables. `rows` are in the order of their sort codes, which `starts` repeats; a range has one or two."""

    rows: tuple[Weights, ...]
    starts: tuple[str, ...]
    substitutes: dict[str, str]


class Verdict(msgspec.Struct, frozen=True):
    """`compact` is the number as it is stored and compared, when it is one."""

    kind: Kind
    fault: Fault | None
    compact: str = ""
    country: str = ""

    @property
    def good(self) -> bool:
        return self.fault is None
