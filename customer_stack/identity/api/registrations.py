"""Registering, and verifying e-mail and phone. Nothing here tells whether an address has an account."""

from collections.abc import Mapping
from uuid import UUID

import litestar
from litestar import params

from boundary.kernel.runtime import transaction
from customer_stack.access import rules as access_rules
from customer_stack.identity.api import answers, bodies
from customer_stack.identity.model import accounts, refusals
from customer_stack.identity.rules import accounts as rules
from customer_stack.identity.rules import passwords
from customer_stack.identity.service import registration as service
from customer_stack.identity.service import throttles, wiring
from customer_stack.vault import rules as contacts

PUBLIC = {"rule": access_rules.public()}


@litestar.get(
    "/api/v1/consents",
    operation_id="consent_questions",
    summary="What is asked at registration, in the versions in force",
    tags=["registration"],
    opt=PUBLIC,
    sync_to_thread=False,
)
def questions(request: answers.Request) -> list[bodies.Question]:
    identity: wiring.Identity = request.app.state.identity
    return [
        bodies.Question(consent=consent, version=version, required=consent in accounts.REQUIRED)
        for consent, version in identity.versions.items()
    ]


@litestar.post(
    "/api/v1/registrations",
    operation_id="register",
    summary="Register as investor or issuer",
    tags=["registration"],
    opt=PUBLIC,
    status_code=202,
)
async def register(request: answers.Request, data: params.JSONBody[bodies.NewRegistration]) -> bodies.RegistrationBegun:
    """Six digits go to the mailbox and six to the phone. The answer is the same for an address that has an account:
    its owner gets a mail that says so.
    """
    state = request.app.state
    identity: wiring.Identity = state.identity
    email, phone = contacts.email(data.email), contacts.phone(data.phone, identity.country)
    role = rules.self_given(data.role)
    given = consents(data.consents)
    rules.agreed(given, identity.versions)
    await state.throttles.take(throttles.REGISTER, answers.client(request), identity.login(email))
    hashed = await new_hash(identity, data.password, email)
    asked = accounts.Registration(
        role=role,
        language=data.language if data.language in identity.languages else identity.languages[0],
        email=email,
        phone=phone,
        password_hash=hashed,
        decisions=tuple((consent, version, granted) for consent, (version, granted) in given.items()),
    )
    begun = state.db.run("identity.register", lambda tx: service.register(tx, identity, asked))
    return bodies.RegistrationBegun(registration=await answers.evenly(begun))


@litestar.post(
    "/api/v1/registrations/{registration:uuid}/codes",
    operation_id="resend_code",
    summary="Ask for another code",
    tags=["registration"],
    opt=PUBLIC,
    status_code=202,
)
async def resend(
    request: answers.Request,
    registration: params.FromPath[UUID],
    data: params.JSONBody[bodies.WhichChannel],
) -> bodies.RegistrationBegun:
    """The code before it passes no more."""
    state = request.app.state
    await state.throttles.take(throttles.SEND, answers.client(request), registration.bytes)

    async def work(tx: transaction.Tx) -> None:
        await service.resend(tx, state.identity, registration, data.channel)

    await answers.evenly(state.db.run("identity.resend", work))
    return bodies.RegistrationBegun(registration=registration)


@litestar.post(
    "/api/v1/registrations/{registration:uuid}/verify",
    operation_id="verify_contact",
    summary="Prove that a code arrived",
    tags=["registration"],
    opt=PUBLIC,
    status_code=200,
)
async def verify(
    request: answers.Request,
    registration: params.FromPath[UUID],
    data: params.JSONBody[bodies.Verification],
) -> bodies.Verified:
    """The account is active once e-mail and phone are both verified."""
    state = request.app.state
    await state.throttles.take(throttles.VERIFY, answers.client(request), registration.bytes)

    async def work(tx: transaction.Tx) -> accounts.State | refusals.CodeWrong:
        return await service.verify(tx, state.identity, registration, data.channel, data.code)

    return bodies.Verified(state=answers.good(await state.db.run("identity.verify", work)))


def consents(given: tuple[bodies.ConsentAnswer, ...]) -> Mapping[accounts.Consent, tuple[str, bool]]:
    """By question; one that is answered twice is not answered."""
    found = {each.consent: (each.version, each.granted) for each in given}
    if len(found) != len(given):
        raise refusals.ConsentMissing("answer each question once")
    return found


async def new_hash(identity: wiring.Identity, password: str, *context: str) -> str:
    """Hash a password that may be set by somebody of whom `context` is known; outside every transaction."""
    found = passwords.check(password, (*context, identity.brand))
    if await identity.door.passwords.is_breached(found):
        raise refusals.PasswordRefused("the password is known from a breach")
    return await identity.door.passwords.hash(found)


HANDLERS = (questions, register, resend, verify)
