"""A wallet, the claim to one, and the reasons for refusing it."""

import enum
from typing import Annotated
from uuid import UUID

import msgspec

from boundary.kernel import errors, records

Address20 = Annotated[bytes, msgspec.Meta(min_length=20, max_length=20)]


class Kind(enum.StrEnum):
    OWN = "own"
    """Its key is the participant's."""
    CUSTODY = "custody"
    """Its key is in our vault."""


class Refusal(enum.Enum):
    """The closed list of reasons; the gate turns each into the code that crosses."""

    UNKNOWN_PARTICIPANT = "unknown_participant"
    NOT_ACTIVE = "not_active"
    FROZEN = "frozen"
    CLOSED = "closed"
    OUTSIDE_WINDOW = "outside_window"
    PROOF_INVALID = "proof_invalid"
    DUPLICATE = "duplicate"
    TOO_MANY = "too_many"


class Claim(msgspec.Struct, frozen=True):
    """A participant's word that a wallet is theirs. `text` is what the proof is over, `statement` what it stands for."""

    participant: UUID
    address: bytes
    signed_at: int
    proof: bytes
    text: bytes
    statement: bytes


class Wallet(msgspec.Struct, frozen=True):
    participant: UUID
    address: bytes
    kind: Kind


class NoAddress(errors.Unavailable):
    """The vault gave an address that stands in the register already; nothing was changed."""

    code = "custody_address_taken"


class KeystoreUnusable(errors.Invalid):
    """The keystore is not there, is damaged, may be read by others, or does not open with this passphrase."""

    code = "keystore_unusable"


class WalletsRegistered(records.Entry, frozen=True, tag="wallets.registered.v1"):
    """Participants showed that wallets are theirs; the digest covers reference, address and statement, in order."""

    channel: UUID
    count: records.Count
    digest: records.Hash32


class CustodyWalletMade(records.Entry, frozen=True, tag="wallets.custody_made.v1"):
    """A wallet whose key is in our vault was made for a participant."""

    channel: UUID
    participant: UUID
    address: Address20
