"""The words of the vault: wrapped keys, erasures, what can go wrong, and what is written into the audit log."""

import enum
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import errors, records

VALUE_BYTES_MAX = 64 * 1024
SHRED = "vault.shred"
"""How an approval names the erasure of a subject."""
NIL = UUID(int=0)
"""No subject and no approval."""


class Index(enum.StrEnum):
    """What people can be found by without being readable. Each has an HMAC key of its own."""

    BANK_ACCOUNT = "bank_account"
    DOCUMENT = "document"
    EMAIL = "email"
    PHONE = "phone"


class Wrapped(msgspec.Struct, frozen=True):
    """A secret under a key-encryption key, in whatever form the provider gave it; `kek` is that key's version."""

    kek: int
    data: bytes


class SubjectKey(msgspec.Struct, frozen=True):
    """A subject's data key as the database holds it."""

    subject: UUID
    version: int
    wrapped: Wrapped


class SealedColumn(msgspec.Struct, frozen=True):
    """A column of another capability that holds sealed values: where it is, which column of the same row names the
    subject, and the field that its values are bound to.
    """

    table: str
    column: str
    subject: str
    field: str


class BlindColumn(msgspec.Struct, frozen=True):
    """A column that holds blind indexes of a subject, to be overwritten when the subject is erased."""

    table: str
    column: str
    subject: str


class Columns(msgspec.Struct, frozen=True):
    """Every column of this database that the vault answers for."""

    sealed: tuple[SealedColumn, ...] = ()
    blind: tuple[BlindColumn, ...] = ()


class Reason(enum.StrEnum):
    """Why a subject was erased."""

    REQUEST = "request"
    RETENTION = "retention"
    OPERATOR = "operator"


class Erasure(msgspec.Struct, frozen=True):
    """That a subject's key was destroyed, when and why. An opaque number, never a name."""

    subject: UUID
    at: datetime
    reason: Reason


class Ledger(msgspec.Struct, frozen=True):
    """What an erasure ledger's file says, once its signature has been found good; `head` is the hash over all of it."""

    erasures: tuple[Erasure, ...]
    made_at: datetime
    head: bytes


class State(msgspec.Struct, frozen=True):
    """What `vault status` shows."""

    subjects: int
    erased: int
    newest_kek: int
    keys: dict[int, int]
    """How many data keys each key-encryption key wraps."""
    rotating: int
    """Subjects of whom something may still be under an older data key."""


class Unreadable(errors.NotFound):
    """The subject's key was destroyed, or there never was one: nothing of theirs can be read any more."""

    code = "subject_shredded"


class SubjectExists(errors.Conflict):
    """The subject has a key already. The one that exists stays."""

    code = "subject_exists"


class Damaged(errors.Conflict):
    """A stored value is not what was sealed for this subject and field. Somebody should look at the database."""

    code = "sealed_value_damaged"


class KeyServiceDown(errors.Unavailable):
    """The service that holds our key-encryption keys does not answer. Nothing was read or written."""

    code = "key_service_unavailable"


class KeyServiceWrong(errors.Unavailable):
    """The key service answered, but not with what it was asked for: another key, a refusal, or no sense."""

    code = "key_service_wrong"


class ValueTooLarge(errors.TooLarge):
    """The value is longer than a sealed field may be."""

    code = "value_too_large"


class BadIdentifier(errors.Invalid):
    """No e-mail address, phone number or document number that could be looked up."""

    code = "identifier_invalid"


class LedgerRefused(errors.Invalid):
    """The erasure ledger's file was changed, cut, or signed by somebody else."""

    code = "erasure_ledger_refused"


class LedgerAhead(errors.Unavailable):
    """The ledger's file knows erasures that the database does not: it was restored. They have to be applied first."""

    code = "erasures_not_applied"


class SubjectCreated(records.Entry, frozen=True, tag="customer.vault.subject_created.v1"):
    """A subject has a data key from now on."""

    subject: UUID


class SubjectShredded(records.Entry, frozen=True, tag="customer.vault.subject_shredded.v1"):
    """A subject's data keys were destroyed. The approval is nil where confirmation was enough."""

    subject: UUID
    reason: Reason
    keys: records.Count
    approval: UUID = NIL


class KeysRewrapped(records.Entry, frozen=True, tag="customer.vault.keys_rewrapped.v1"):
    """Data keys were moved under a newer key-encryption key."""

    kek: records.Count
    count: records.Count


class KeysRotated(records.Entry, frozen=True, tag="customer.vault.keys_rotated.v1"):
    """So many subjects have a new data key; what was sealed before is re-encrypted behind this."""

    count: records.Count


class KeysRetired(records.Entry, frozen=True, tag="customer.vault.keys_retired.v1"):
    """Older data keys under which nothing is left were deleted."""

    count: records.Count


class ErasuresReapplied(records.Entry, frozen=True, tag="customer.vault.erasures_reapplied.v1"):
    """A ledger file was applied to a restored database: how many it named, how many had come back; hash of its head."""

    count: records.Count
    back: records.Count
    head: records.Hash32


class ExportErasures(records.Job, frozen=True, tag="customer.vault.export_erasures.v1"):
    """Write the erasure ledger to its file outside the database."""


class Rewrap(records.Job, frozen=True, tag="customer.vault.rewrap.v1"):
    """Move every data key under the newest key-encryption key."""


class Reencrypt(records.Job, frozen=True, tag="customer.vault.reencrypt.v1"):
    """Re-encrypt what is still under a subject's older data key, and delete keys that nothing is under. It goes through
    the subjects in the order of their numbers, from after the one that it names, or from the first.
    """

    after: UUID = NIL
