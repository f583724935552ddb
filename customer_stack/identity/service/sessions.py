"""Sessions: begun, refreshed, listed, ended. Whoever ends one ends it for every request that follows."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import errors, primitives
from boundary.kernel.runtime import audit, transaction
from customer_stack.access import model as access
from customer_stack.identity.formats import opaque, tokens
from customer_stack.identity.model import accounts, entries, notices, refusals, sessions
from customer_stack.identity.repo import sessions as repo
from customer_stack.identity.rules import accounts as account_rules
from customer_stack.identity.rules import clients
from customer_stack.identity.rules import sessions as rules
from customer_stack.identity.service import wiring

LISTED_MAX = 100
DEVICE, PLACE = "session.device", "session.place"
WORKING = frozenset({access.Role.ADMIN, access.Role.STAFF})


class Begun(NamedTuple):
    """A session's tokens, and the token of a device that was not known before."""

    tokens: sessions.Tokens
    device: str


async def start(
    tx: transaction.Tx,
    identity: wiring.Identity,
    account: accounts.Account,
    *,
    client: sessions.Client,
    device: str,
    factor_at: datetime | None,
) -> Begun:
    """A new session under a new number: nothing that the client brought becomes part of it."""
    number, now = identity.random.ref(), identity.now()
    role = await role_of(tx, identity, account.id)
    expires_at = now + (rules.SESSION_WORKING if role in WORKING else rules.SESSION)
    sealed = await identity.vault.seal(tx, account.id, {DEVICE: client.device, PLACE: client.network})
    await repo.insert(
        tx,
        number,
        account.id,
        now=now,
        factor_at=factor_at,
        expires_at=expires_at,
        program=identity.program(account.id, client),
        network=identity.network(account.id, client),
        device=sealed[DEVICE],
        place=sealed[PLACE],
    )
    refresh, digest = _new_token(identity)
    await repo.issue(tx, digest, number, 0, now)
    await audit.write(tx, entries.SignedIn(account.id, number, factor_at is not None))
    if crowded_out := await repo.beyond(tx, account.id, now, rules.SESSIONS_MAX):
        await _end(tx, identity, account.id, crowded_out, sessions.End.CROWDED_OUT)
    remembered = await _remember(tx, identity, account.id, client, device)
    owed = factor_at is None and role in account_rules.FACTOR_NEEDED
    made = _tokens(identity, account.id, number, refresh, expires_at, factor_at, owed=owed)
    return Begun(made, remembered)


async def _remember(
    tx: transaction.Tx, identity: wiring.Identity, account: UUID, client: sessions.Client, device: str
) -> str:
    """A device on which somebody signs in for the first time becomes known, and its owner hears of it."""
    known, now = opaque.digest(device), identity.now()
    if known is not None and await repo.seen_again(tx, known, account, now):
        return device
    token, digest = _new_token(identity)
    await repo.remember(tx, digest, account, now, rules.DEVICES_MAX)
    facts = {"device": client.device, "place": client.network}
    await identity.notifier.notify(tx, account, notices.Notice.NEW_SIGN_IN, facts)
    return token


async def role_of(tx: transaction.Tx, identity: wiring.Identity, account: UUID) -> access.Role:
    """The role in force. Whoever has none may not sign in."""
    found = (await identity.rights.effective(tx, [account], identity.now())).get(account)
    if found is None:
        raise refusals.CredentialsWrong("the account has no role")
    return found.role


async def refresh(
    tx: transaction.Tx, identity: wiring.Identity, token: str, client: sessions.Client, csrf: str | None
) -> sessions.Tokens | errors.Refusal:
    """New tokens for a refresh token. `csrf` is what came with a cookie; nothing if the token came in the body.

    A token of an older generation ends the session, and so does another kind of client: both are committed though the
    answer is no, and therefore returned.
    """
    digest = opaque.digest(token)
    family = await repo.family(tx, digest) if digest else None
    if digest is None or family is None:
        raise refusals.TokenRefused("that is no refresh token")
    if csrf is not None:
        check_csrf(identity, family.session, csrf)
    now = identity.now()
    if family.ended_at or family.expires_at <= now or family.state is not accounts.State.ACTIVE:
        raise refusals.SessionOver("the session is over")
    match = clients.match(
        program=primitives.equal(family.program, identity.program(family.account, client)),
        place=primitives.equal(family.network, identity.network(family.account, client)),
    )
    if match is clients.Match.OTHER:
        await _end(tx, identity, family.account, [family.session], sessions.End.CLIENT_CHANGED)
        return refusals.ClientChanged("the session belongs to another client")
    return await _continue(tx, identity, digest, family, match)


async def _continue(
    tx: transaction.Tx,
    identity: wiring.Identity,
    digest: bytes,
    family: repo.Family,
    match: clients.Match,
) -> sessions.Tokens | errors.Refusal:
    now = identity.now()
    verdict = rules.refresh(newest=family.newest, presented=family.presented, used_at=family.used_at, now=now)
    if verdict is rules.Refresh.REUSE:
        await _end(tx, identity, family.account, [family.session], sessions.End.REUSE)
        await identity.notifier.notify(tx, family.account, notices.Notice.REUSE_DETECTED, {})
        return refusals.RefreshReused("the refresh token was used before")
    if verdict is rules.Refresh.ROTATE and family.issued_at + rules.IDLE <= now:
        raise refusals.SessionOver("the session was idle for too long")
    factor_at = family.factor_at if match is clients.Match.SAME else None
    role = await role_of(tx, identity, family.account)
    owed = not family.enrolled and role in account_rules.FACTOR_NEEDED
    successor = ""
    if verdict is rules.Refresh.ROTATE:
        successor, next_digest = _new_token(identity)
        await repo.rotate(tx, family.session, digest, next_digest, family.newest + 1, now)
    return _tokens(identity, family.account, family.session, successor, family.expires_at, factor_at, owed=owed)


async def listed(
    tx: transaction.Tx, identity: wiring.Identity, account: UUID, current: UUID | None
) -> list[sessions.Shown]:
    """The account's open sessions, the latest first."""
    rows = await repo.listed(tx, account, identity.now(), LISTED_MAX)
    shown = []
    for row in rows:
        opened = await identity.vault.open(tx, account, {DEVICE: row.device, PLACE: row.place})
        shown.append(
            sessions.Shown(
                id=row.id,
                device=opened[DEVICE],
                place=opened[PLACE],
                created_at=row.created_at,
                seen_at=row.seen_at,
                current=row.id == current,
            )
        )
    return shown


SEEN = timedelta(minutes=10)
SITTING_MAX = 100_000


async def sitting(tx: transaction.Tx, now: datetime) -> dict[UUID, datetime]:
    """Who is here, and since when. For whoever tells people how long that is."""
    return await repo.sitting(tx, now - SEEN, SITTING_MAX)


async def end_own(tx: transaction.Tx, identity: wiring.Identity, account: UUID, session: UUID) -> None:
    """One session of the account's own; another's is as unknown as none."""
    standing = (await repo.standings(tx, [session])).get(session)
    if standing is None or standing.account != account or standing.ended:
        raise errors.NotFound("there is no such session")
    await _end(tx, identity, account, [session], sessions.End.ENDED_BY_OWNER)


async def sign_out(tx: transaction.Tx, identity: wiring.Identity, account: UUID, session: UUID) -> None:
    await _end(tx, identity, account, [session], sessions.End.SIGNED_OUT)


async def end_all(
    tx: transaction.Tx,
    identity: wiring.Identity,
    account: UUID,
    reason: sessions.End,
    *,
    but: UUID | None = None,
) -> int:
    """Every open session of an account and every half-done sign-in. How many sessions there were."""
    now = identity.now()
    ended = await repo.end_all(tx, account, reason, now, but)
    await repo.void_challenges(tx, account)
    if ended:
        await audit.write(tx, entries.SessionsEnded(account, tuple(sorted(ended)[:500]), reason.value))
    return len(ended)


async def _end(
    tx: transaction.Tx, identity: wiring.Identity, account: UUID, numbers: list[UUID], reason: sessions.End
) -> None:
    ended = await repo.end(tx, numbers, reason, identity.now())
    if ended:
        await audit.write(tx, entries.SessionsEnded(account, tuple(sorted(ended)), reason.value))


def check_csrf(identity: wiring.Identity, session: UUID, given: str) -> None:
    expected = opaque.tag(identity.csrf(session))
    if not primitives.equal(expected.encode(), given.encode()):
        raise refusals.CrossSite("send the session's CSRF token in the x-csrf-token header")


def _new_token(identity: wiring.Identity) -> tuple[str, bytes]:
    token = opaque.token(identity.random.token(opaque.SIZE))
    digest = opaque.digest(token)
    assert digest is not None
    return token, digest


def _tokens(
    identity: wiring.Identity,
    account: UUID,
    session: UUID,
    refresh: str,
    session_expires_at: datetime,
    factor_at: datetime | None,
    *,
    owed: bool,
) -> sessions.Tokens:
    text, expires_at = tokens.issue(
        identity.door.ring,
        issuer=identity.door.issuer,
        audience=identity.door.audience,
        account=account,
        session=session,
        number=identity.random.token(12).hex(),
        now=identity.now(),
    )
    return sessions.Tokens(
        session=session,
        access=text,
        refresh=refresh,
        csrf=opaque.tag(identity.csrf(session)),
        expires_at=expires_at,
        session_expires_at=session_expires_at,
        factor_at=factor_at,
        enrolment_required=owed,
    )
