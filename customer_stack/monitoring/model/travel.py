"""Who sends and who receives: what FATF Recommendation 16 wants to travel with a payment."""

import enum
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

Word = Annotated[str, Meta(max_length=140)]


class Gap(enum.StrEnum):
    """What is missing. Codes for reasons, which never hold what is there."""

    ORIGINATOR = "travel.originator"
    ORIGINATOR_NAME = "travel.originator_name"
    ORIGINATOR_ACCOUNT = "travel.originator_account"
    ORIGINATOR_PLACE = "travel.originator_place"
    """None of: address, national id, date and place of birth."""
    ORIGINATOR_BIRTH = "travel.originator_birth"
    BENEFICIARY = "travel.beneficiary"
    BENEFICIARY_NAME = "travel.beneficiary_name"
    BENEFICIARY_ACCOUNT = "travel.beneficiary_account"
    BENEFICIARY_COUNTRY = "travel.beneficiary_country"


class Party(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One side of a payment, as it is told to the other institution."""

    name: Word = ""
    account: Word = ""
    address: Word = ""
    town: Word = ""
    country: Annotated[str, Meta(pattern="^([A-Z]{2})?$")] = ""
    national_id: Word = ""
    born: date | None = None
    birth_place: Word = ""
    institution: Word = ""


class TravelFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    originator: Party | None = None
    beneficiary: Party | None = None
