"""Payments as messages say them: who pays whom from which account, and what a bank says happened on ours.

Amounts are whole numbers of the currency's minor unit. Texts are those of a message, bounded where they are read.
"""

import enum
from datetime import date, datetime

import msgspec

from boundary.kernel import errors


class XmlRefused(errors.Invalid):
    """Not XML, or XML with what no payment message has; the fact `reason` says which."""

    code = "payment_xml_refused"


class MessageRefused(errors.Invalid):
    """A message that is not one of those we read, or breaks one of their rules; the fact `reason` says which."""

    code = "payment_message_refused"


class FileRefused(errors.Invalid):
    """A NACHA file that breaks a rule; the facts `reason` and `line` say which and where."""

    code = "payment_file_refused"


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Structured, or hybrid: town and country always stand in elements of their own."""

    country: str
    town: str
    street: str = ""
    building: str = ""
    post_code: str = ""


class Agent(msgspec.Struct, frozen=True):
    """A bank, by BIC, or by its number in a clearing system (`USABA`, `GBDSC`)."""

    bic: str = ""
    clearing: str = ""
    member: str = ""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with an account. `iban`, or `account` for a number that is none."""

    name: str
    iban: str = ""
    account: str = ""
    agent: Agent = Agent()
    address: Address | None = None


class Instruction(msgspec.Struct, frozen=True, kw_only=True):
    """One credit transfer. `id` is the end-to-end identification, ours, and the same in every attempt."""

    id: str
    currency: str
    minor: int
    creditor: Party
    remittance: str = ""
    instruction: str = ""
    uetr: str = ""


class Initiation(msgspec.Struct, frozen=True, kw_only=True):
    """Credit transfers from one account. `service` is a service level such as SEPA or URGP, `local` an instrument."""

    id: str
    created_at: datetime
    execute_on: date
    debtor: Party
    instructions: tuple[Instruction, ...]
    service: str = ""
    local: str = ""
    charges: str = "SLEV"


class Sign(enum.StrEnum):
    CREDIT = "CRDT"
    DEBIT = "DBIT"


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a statement or notification: its own name, and the account that it is about."""

    id: str
    account: str
    currency: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One movement that a bank states. `reference` is the bank's own name for it, if it gave one."""

    statement: str
    account: str
    number: int
    sign: Sign
    currency: str
    minor: int
    booked: bool
    reversal: bool
    booked_on: date | None = None
    value_date: date | None = None
    reference: str = ""
    end_to_end: str = ""
    structured: str = ""
    remittance: str = ""
    other_name: str = ""
    other_account: str = ""
    return_reason: str = ""
