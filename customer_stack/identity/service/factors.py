"""The second factor: enrolling, confirming, proving and removing it, and its recovery codes."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import primitives
from boundary.kernel.runtime import audit, transaction
from customer_stack.identity.formats import qr
from customer_stack.identity.model import accounts, entries, notices, refusals
from customer_stack.identity.model import sessions as session_model
from customer_stack.identity.repo import accounts as account_repo
from customer_stack.identity.repo import factors as repo
from customer_stack.identity.repo import sessions as session_repo
from customer_stack.identity.rules import accounts as account_rules
from customer_stack.identity.rules import factors as rules
from customer_stack.identity.service import codes, sessions, wiring

FIELD = "account_totp.secret"
TOTP, RECOVERY, SMS = "totp", "recovery_codes", "sms"


class Enrolment(NamedTuple):
    """What an authenticator program is given; shown once."""

    secret: str
    uri: str
    image: str


async def enrol(tx: transaction.Tx, identity: wiring.Identity, account: UUID) -> Enrolment:
    """A new secret, in the place of one that was never confirmed."""
    found = await account_repo.lock(tx, account)
    assert found is not None, "a session has an account"
    secret = rules.secret_of(identity.random.token(rules.SECRET_BYTES))
    sealed = await identity.vault.seal(tx, account, {FIELD: secret})
    if not await repo.offer(tx, account, sealed[FIELD], identity.now()):
        raise refusals.FactorPresent("remove the second factor first")
    opened = await identity.vault.open(tx, account, {wiring.EMAIL: found.email})
    uri = qr.uri(secret, opened[wiring.EMAIL], identity.brand)
    return Enrolment(secret, uri, qr.image(uri))


async def confirm(
    tx: transaction.Tx, identity: wiring.Identity, account: UUID, session: UUID, code: str
) -> list[str] | refusals.FactorWrong:
    """Recovery codes, once the program has shown that it computes the right codes. That is a fresh factor too."""
    found = await repo.get(tx, account)
    if found is None:
        raise refusals.FactorAbsent("begin to enrol first")
    if found.confirmed_at is not None:
        raise refusals.FactorPresent("the second factor is confirmed already")
    now = identity.now()
    opened = await identity.vault.open(tx, account, {FIELD: found.secret})
    step = rules.step_of(code, opened[FIELD], now)
    if step is None or not await repo.confirm(tx, account, now, step, found.secret):
        return refusals.FactorWrong("the code is wrong")
    made = await _recovery_codes(tx, identity, account)
    await session_repo.factor_proved(tx, session, now)
    await sessions.end_all(tx, identity, account, session_model.End.EVERYWHERE, but=session)
    await audit.write(tx, entries.FactorChanged(account, "enrolled"))
    await _tell(tx, identity, account, TOTP, "enrolled")
    return made


async def prove(tx: transaction.Tx, identity: wiring.Identity, account: UUID, code: str) -> str | None:
    """By what the code proves a factor, or nothing. It is used up: the same step, or recovery code, never passes again."""
    if rules.is_recovery_code(code):
        if not await repo.use_code(tx, account, _digest(identity, account, code), identity.now()):
            return None
        await audit.write(tx, entries.FactorChanged(account, "recovery_code_used"))
        await _tell(tx, identity, account, RECOVERY, "used")
        return RECOVERY
    found = await repo.get(tx, account)
    if found is None or found.confirmed_at is None:
        return None
    opened = await identity.vault.open(tx, account, {FIELD: found.secret})
    step = rules.step_of(code, opened[FIELD], identity.now())
    return TOTP if step is not None and await repo.accept(tx, account, step) else None


async def remove(tx: transaction.Tx, identity: wiring.Identity, account: UUID, session: UUID) -> None:
    """Every other session ends with it: they were begun with a factor that is no more."""
    if await sessions.role_of(tx, identity, account) in account_rules.FACTOR_NEEDED:
        raise refusals.FactorRequired("this role works with a second factor")
    if not await repo.remove(tx, account):
        raise refusals.FactorAbsent("there is no second factor")
    await audit.write(tx, entries.FactorChanged(account, "removed"))
    await sessions.end_all(tx, identity, account, session_model.End.EVERYWHERE, but=session)
    await _tell(tx, identity, account, TOTP, "removed")


async def renew_codes(tx: transaction.Tx, identity: wiring.Identity, account: UUID) -> list[str]:
    found = await repo.get(tx, account)
    if found is None or found.confirmed_at is None:
        raise refusals.FactorAbsent("there is no second factor")
    made = await _recovery_codes(tx, identity, account)
    await audit.write(tx, entries.FactorChanged(account, "recovery_codes_renewed"))
    await _tell(tx, identity, account, RECOVERY, "renewed")
    return made


async def is_enrolled(tx: transaction.Tx, account: UUID) -> bool:
    found = await repo.get(tx, account)
    return found is not None and found.confirmed_at is not None


async def enrolled(tx: transaction.Tx, numbers: Sequence[UUID]) -> set[UUID]:
    """Those of them that have a second factor."""
    return await repo.enrolled(tx, numbers)


async def codes_left(tx: transaction.Tx, account: UUID) -> int:
    return await repo.codes_left(tx, account)


async def send_step_up_code(tx: transaction.Tx, identity: wiring.Identity, account: UUID) -> None:
    """A code to the phone, for who has no authenticator. Who has one uses it: a text message would be the weaker way."""
    if await is_enrolled(tx, account):
        raise refusals.FactorPresent("use the authenticator")
    found = await account_repo.get(tx, account)
    assert found is not None, "a session has an account"
    opened = await identity.vault.open(tx, account, {wiring.PHONE: found.phone})
    await codes.send(tx, identity, account, accounts.Channel.SMS, opened[wiring.PHONE], notices.Purpose.SIGN_IN)


async def step_up(
    tx: transaction.Tx,
    identity: wiring.Identity,
    account: UUID,
    session: UUID,
    code: str,
    client: session_model.Client,
) -> str | refusals.FactorWrong:
    """By what a fresh factor was proved. The session is from now on where it was proved from."""
    if await is_enrolled(tx, account):
        method = await prove(tx, identity, account, code)
    else:
        method = None if await codes.spend(tx, identity, account, notices.Purpose.SIGN_IN, code) else SMS
    if method is None:
        return refusals.FactorWrong("the code is wrong or was used")
    sealed = await identity.vault.seal(tx, account, {sessions.PLACE: client.network})
    now = identity.now()
    if not await session_repo.proved(tx, session, now, identity.network(account, client), sealed[sessions.PLACE]):
        raise refusals.SessionOver("the session is over")
    await audit.write(tx, entries.StepUp(account, session, method))
    return method


async def _recovery_codes(tx: transaction.Tx, identity: wiring.Identity, account: UUID) -> list[str]:
    made = [rules.recovery_code(identity.random.token(rules.RECOVERY_BYTES)) for _ in range(rules.RECOVERY_CODES)]
    await repo.set_codes(tx, account, [_digest(identity, account, code) for code in made], identity.now())
    return made


def _digest(identity: wiring.Identity, account: UUID, code: str) -> bytes:
    typed = code.strip().lower()
    return identity.vault.commitment("identity.recovery_code", primitives.sha256(account.bytes + typed.encode()))


async def _tell(tx: transaction.Tx, identity: wiring.Identity, account: UUID, factor: str, change: str) -> None:
    facts = {"factor": factor, "change": change}
    await identity.notifier.notify(tx, account, notices.Notice.FACTOR_CHANGED, facts)
