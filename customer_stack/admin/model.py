"""What staff see of accounts, what refuses them, and what is written down of each look."""

from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import errors, records
from customer_stack.access import model as access
from customer_stack.identity.model import accounts


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """An account as this caller may see it. `masked` says whether e-mail and phone are hidden in part."""

    id: UUID
    role: access.Role
    state: accounts.State
    reason: accounts.Reason | None
    language: str
    email: str
    phone: str
    masked: bool
    second_factor: bool
    created_at: datetime
    revision: int


class OwnAccount(errors.Forbidden):
    """Nobody suspends, activates or signs out their own account here."""

    code = "own_account"


class WorksHere(errors.Forbidden):
    """An account of somebody who works here is touched only by those who hand out permissions."""

    code = "works_here"


class OneTerm(errors.Invalid):
    """A search has one term: an e-mail address or a phone number."""

    code = "one_search_term"


class NotInvited(errors.Conflict):
    """The account is not one that waits for its first password."""

    code = "not_invited"


class Searched(records.Entry, frozen=True, tag="admin.searched.v1"):
    """Staff looked for whoever has an address; `term` is a keyed commitment to it."""

    staff: UUID
    by: str
    term: records.Hash32
    found: records.Count


class Listed(records.Entry, frozen=True, tag="admin.listed.v1"):
    """Staff read a page of accounts, contacts masked or not; the digest covers which."""

    staff: UUID
    role: str
    state: str
    masked: bool
    count: records.Count
    digest: records.Hash32


class LookedAt(records.Entry, frozen=True, tag="admin.looked_at.v1"):
    """Staff looked at an account."""

    staff: UUID
    account: UUID
    masked: bool


class SignedOut(records.Entry, frozen=True, tag="admin.signed_out.v1"):
    """Staff ended every session of an account."""

    staff: UUID
    account: UUID
    sessions: records.Count
