"""Whether a session or a key stands, asked of the database for every request, and answered for many at once.

Nothing is cached that could be wrong: requests that arrive together share one look, so the answer is never
older than the question, and ending a session, suspending an account or taking a permission works on the next request
in every process. See docs/decisions/0019.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import errors, primitives
from boundary.kernel.runtime import transaction
from customer_stack.access import model as access
from customer_stack.identity.model import accounts, refusals, sessions
from customer_stack.identity.repo import keys as key_repo
from customer_stack.identity.repo import sessions as repo
from customer_stack.identity.rules import accounts as account_rules
from customer_stack.identity.rules import clients
from customer_stack.identity.rules import sessions as rules
from customer_stack.identity.service import wiring


class Present(NamedTuple):
    """A session that stands, with what its account may do at this moment."""

    standing: sessions.Standing
    role: access.Role
    permissions: frozenset[access.Permission]


class Machine(NamedTuple):
    """The same for an API key."""

    key: key_repo.Standing
    role: access.Role
    permissions: frozenset[access.Permission]


async def present(
    tx: transaction.Tx, identity: wiring.Identity, numbers: Sequence[UUID]
) -> list[Present | errors.Refusal]:
    """For each session number: the session, or why not."""
    standings = await repo.standings(tx, numbers)
    now = identity.now()
    rights = await identity.rights.effective(tx, {each.account for each in standings.values()}, now)
    found: list[Present | errors.Refusal] = []
    for number in numbers:
        standing = standings.get(number)
        held = rights.get(standing.account) if standing else None
        if standing is None or held is None or not _stands(standing, now):
            found.append(refusals.SessionOver("the session is over"))
        else:
            found.append(Present(standing, held.role, held.permissions))
    return found


async def machines(
    tx: transaction.Tx, identity: wiring.Identity, digests: Sequence[bytes]
) -> list[Machine | errors.Refusal]:
    """For each key's hash: the key, or why not. When it was used is noted at most every ten minutes."""
    standings = await key_repo.standings(tx, digests)
    now = identity.now()
    rights = await identity.rights.effective(tx, {each.account for each in standings.values()}, now)
    found: list[Machine | errors.Refusal] = []
    seen: set[UUID] = set()
    for digest in digests:
        key = standings.get(digest)
        held = rights.get(key.account) if key else None
        if key is None or held is None or not _serves(key, now):
            found.append(refusals.TokenRefused("the API key is unknown, revoked or expired"))
            continue
        found.append(Machine(key, held.role, held.permissions & key.permissions))
        if key.used_at is None or now - key.used_at >= rules.SEEN_EVERY:
            seen.add(key.id)
    if seen:
        await key_repo.used(tx, sorted(seen), now)
    return found


class Marks(NamedTuple):
    """What a client looks like to an account's sessions."""

    program: bytes
    network: bytes


def marks(identity: wiring.Identity, account: UUID, client: sessions.Client) -> Marks:
    return Marks(identity.program(account, client), identity.network(account, client))


def person(found: Present, seen: Marks) -> access.Caller:
    """The caller behind a session, if this is the client that it was begun with. In another network what was proved
    does not count: a fresh factor has to be proved from there.
    """
    standing = found.standing
    match = clients.match(
        program=primitives.equal(standing.program, seen.program),
        place=primitives.equal(standing.network, seen.network),
    )
    if match is clients.Match.OTHER:
        raise refusals.ClientChanged("the session belongs to another client")
    return access.Caller(
        account=standing.account,
        role=found.role,
        permissions=found.permissions,
        session=standing.session,
        authenticated_at=standing.authenticated_at,
        factor_at=standing.factor_at if match is clients.Match.SAME else None,
    )


def machine(found: Machine) -> access.Caller:
    return access.Caller(
        account=found.key.account,
        role=found.role,
        permissions=found.permissions,
        api_key=found.key.id,
        authenticated_at=found.key.created_at,
    )


def owes_factor(found: Present) -> bool:
    """Whether the role works with a second factor that the account does not have yet."""
    return not found.standing.enrolled and found.role in account_rules.FACTOR_NEEDED


def _stands(standing: sessions.Standing, now: datetime) -> bool:
    return not standing.ended and standing.expires_at > now and standing.state is accounts.State.ACTIVE


def _serves(key: key_repo.Standing, now: datetime) -> bool:
    return key.revoked_at is None and key.expires_at > now and key.state is accounts.State.ACTIVE
