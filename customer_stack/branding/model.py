"""The operator's configuration, the law's packs, and what the public sees of both.

Everything in `Config` is public by construction: it is served to every browser. There is therefore no field for a
secret, and unknown fields are refused so that none can ride along.
"""

import enum
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from boundary.kernel import errors

Name = Annotated[str, Meta(min_length=1, max_length=120)]
Text = Annotated[str, Meta(min_length=1, max_length=500)]
Colour = Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}$", examples=["#14532d"])]
Url = Annotated[str, Meta(pattern="^https?://", max_length=300, examples=["https://example.org"])]
Host = Annotated[str, Meta(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*$", max_length=253, examples=["example.org"])]
Email = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$", max_length=254, examples=["desk@example.org"])
]
Logo = Annotated[
    str, Meta(pattern="^(data:image/(png|svg\\+xml);base64,|/)", max_length=100_000, examples=["/logo.svg"])
]
PackCode = Annotated[str, Meta(pattern="^[A-Z]{2}(-[A-Z]{2,8})?$", examples=["LK"])]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$", examples=["LK"])]
Age = Annotated[int, Meta(ge=16, le=120)]
Count = Annotated[int, Meta(ge=1, le=1000)]


class Language(enum.StrEnum):
    SINHALA = "si"
    TAMIL = "ta"
    ENGLISH = "en"
    ARABIC = "ar"
    FRENCH = "fr"
    GERMAN = "de"
    LUXEMBOURGISH = "lb"
    SPANISH = "es"


class Module(enum.StrEnum):
    """What an operator may switch on. What a module needs stands in `rules.config.NEEDS`."""

    WALLET = "wallet"
    FX = "fx"
    EVENT_MARKETS = "event_markets"
    SECURITIES = "securities"
    BROKERAGE = "brokerage"
    OPTIONS = "options"
    FUTURES = "futures"
    ISSUANCE = "issuance"


class DocumentType(enum.StrEnum):
    PASSPORT = "passport"
    NATIONAL_IDENTITY_CARD = "national_identity_card"
    STATE_IDENTITY_CARD = "state_identity_card"
    DRIVING_LICENCE = "driving_licence"
    RESIDENCE_PERMIT = "residence_permit"
    UTILITY_BILL = "utility_bill"
    BANK_STATEMENT = "bank_statement"
    TENANCY_CONTRACT = "tenancy_contract"
    TAX_ASSESSMENT = "tax_assessment"


class Consent(enum.StrEnum):
    TERMS_OF_SERVICE = "terms_of_service"
    PRIVACY_NOTICE = "privacy_notice"
    PERSONAL_DATA_PROCESSING = "personal_data_processing"
    RISK_DISCLOSURE = "risk_disclosure"
    ELECTRONIC_DELIVERY = "electronic_delivery"
    TAX_RESIDENCY_DECLARATION = "tax_residency_declaration"
    FOREIGN_EXCHANGE_DECLARATION = "foreign_exchange_declaration"


class LawState(enum.StrEnum):
    IN_FORCE = "in_force"
    PARTLY_IN_FORCE = "partly_in_force"


class TimeUnit(enum.StrEnum):
    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"


class Closed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of whatever is read from a file: nothing that is not named here may stand in it."""


class Amount(Closed, frozen=True):
    """Money as text: a decimal in the currency's own scale."""

    amount: Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]*)(\.[0-9]+)?$", max_length=20, examples=["1000000.00"])]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", examples=["LKR"])]


# ---- the operator's configuration


class Palette(Closed, frozen=True):
    """`text`, `text_muted` and `primary` are read on both surfaces, `on_primary` on `primary`."""

    primary: Colour
    on_primary: Colour
    surface: Colour
    surface_raised: Colour
    text: Colour
    text_muted: Colour


class Colours(Closed, frozen=True):
    light: Palette
    dark: Palette


class Brand(Closed, frozen=True):
    name: Name
    title: dict[Language, Name]
    description: dict[Language, Text]
    legal_entity: Name
    copyright_holder: Name
    domains: Annotated[tuple[Host, ...], Meta(min_length=1, max_length=16)]
    support_email: Email
    compliance_email: Email
    colours: Colours
    logo: Logo


class Licence(Closed, frozen=True):
    authority: Name
    number: Name
    activity: Text


class Links(Closed, frozen=True):
    terms: Url
    privacy: Url
    help: Url


class Endpoints(Closed, frozen=True):
    web: Url
    api: Url


class LimitOverrides(Closed, frozen=True, omit_defaults=True):
    """An operator's own limits. Each may only be stricter than the pack's; what is absent is the pack's.

    Reporting thresholds are not among them: this file is public, and whoever knows a threshold stays just below it.
    """

    single: Amount | None = None
    day: Amount | None = None
    month: Amount | None = None
    minimum_age: Age | None = None


class Config(Closed, frozen=True):
    """The whole of config.json. Public: every browser receives it."""

    brand: Brand
    licences: Annotated[tuple[Licence, ...], Meta(max_length=32)]
    jurisdiction: PackCode
    languages: Annotated[tuple[Language, ...], Meta(min_length=1)]
    default_language: Language
    modules: Annotated[tuple[Module, ...], Meta(min_length=1)]
    links: Links
    endpoints: Endpoints
    limits: LimitOverrides = LimitOverrides()


# ---- jurisdiction packs


class Regulator(Closed, frozen=True):
    name: Name
    role: Name


class Law(Closed, frozen=True):
    title: Text
    state: LawState = LawState.IN_FORCE


class Residency(Closed, frozen=True):
    """Who may be a customer by where they live, and how they prove it."""

    countries: Annotated[tuple[Country, ...], Meta(min_length=1)]
    proofs: Annotated[tuple[DocumentType, ...], Meta(min_length=1)]
    proof_max_age_days: Count


class Limits(Closed, frozen=True):
    """The most one customer may move, and the amounts from which the law wants a report or the parties' names."""

    single: Amount
    day: Amount
    month: Amount
    threshold_report: Amount
    travel_rule_minimum: Amount


class Deadline(Closed, frozen=True):
    count: Count
    unit: TimeUnit


class Deadlines(Closed, frozen=True):
    suspicious_report: Deadline
    threshold_report: Deadline
    breach_notice: Deadline
    subject_request: Deadline


class Pack(Closed, frozen=True):
    """One jurisdiction's rules from one day on, until a later version of the same code begins."""

    code: PackCode
    effective_from: date
    name: Name
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", examples=["LKR"])]
    time_zone: Name
    official_languages: tuple[Language, ...]
    required_languages: tuple[Language, ...]
    minimum_age: Age
    residency: Residency
    identity_documents: Annotated[tuple[DocumentType, ...], Meta(min_length=1)]
    consents_required: Annotated[tuple[Consent, ...], Meta(min_length=1)]
    limits: Limits
    deadlines: Deadlines
    retention_years: Count
    regulators: Annotated[tuple[Regulator, ...], Meta(min_length=1)]
    legal_framework: Annotated[tuple[Law, ...], Meta(min_length=1)]
    sources: dict[str, Text]


class Branding(msgspec.Struct, frozen=True):
    """What a process holds after a good start: the operator's configuration and every pack version."""

    config: Config
    packs: tuple[Pack, ...]


# ---- what the public sees


class PublicLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one customer may move. The pack's reporting thresholds are not shown."""

    single: Amount
    day: Amount
    month: Amount


class JurisdictionSummary(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    currency: str
    time_zone: str
    minimum_age: int
    effective_from: date


class PublicConfig(msgspec.Struct, frozen=True, kw_only=True):
    brand: Brand
    licences: tuple[Licence, ...]
    languages: tuple[Language, ...]
    default_language: Language
    modules: tuple[Module, ...]
    links: Links
    endpoints: Endpoints
    jurisdiction: JurisdictionSummary
    limits: PublicLimits


class PublicPack(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    effective_from: date
    currency: str
    time_zone: str
    official_languages: tuple[Language, ...]
    required_languages: tuple[Language, ...]
    minimum_age: int
    residency: Residency
    identity_documents: tuple[DocumentType, ...]
    consents_required: tuple[Consent, ...]
    limits: PublicLimits
    retention_years: int
    regulators: tuple[Regulator, ...]
    legal_framework: tuple[Law, ...]


# ---- refusals


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong, and where: a JSON pointer, empty for the document as a whole."""

    pointer: str
    detail: str

    def line(self, document: str) -> str:
        line = f"{document}: {self.pointer}: {self.detail}" if self.pointer else f"{document}: {self.detail}"
        return "".join(letter if letter.isprintable() else "\ufffd" for letter in line)  # a key may hold a line feed


def step(key: str | int) -> str:
    """One step of a JSON pointer, RFC 6901."""
    return "/" + str(key).replace("~", "~0").replace("/", "~1")


class BadConfig(errors.Invalid):
    """A configuration or pack that must not be used. Its text is one line per problem."""

    code = "bad_config"

    def __init__(self, document: str, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(problem.line(document) for problem in problems))
        self.problems = problems


class NoPack(errors.NotFound):
    """No version of this jurisdiction's pack is in force on that day."""

    code = "no_jurisdiction_pack"
