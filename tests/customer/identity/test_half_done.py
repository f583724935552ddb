"""Each step is one transaction: what breaks in the middle of it has not happened, and the same step works afterwards."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from customer_stack.access import model as access
from customer_stack.identity.model import notices
from tests.customer.identity import house as houses

TABLES = (
    "account", "account_password", "consent", "sent_code", "session", "refresh_token", "sign_in_challenge",
    "account_totp", "recovery_code", "known_device", "contact_change", "api_key", "access_standing", "audit_entry",
)  # fmt: skip

Step = Callable[[houses.House, houses.Visitor], Awaitable[Any]]


async def everything(house: houses.House) -> dict[str, list[Any]]:
    return {table: sorted(map(str, await house.rows(f"SELECT * FROM {table}"))) for table in TABLES}


async def sign_in(_: houses.House, member: houses.Visitor) -> Any:
    member.cookies.pop("__Host-device", None)
    return await member.sign_in()


async def enrol(_: houses.House, member: houses.Visitor) -> Any:
    return await member.post("/api/v1/me/totp/confirm", {"code": member.code()})


async def change_email(house: houses.House, member: houses.Visitor) -> Any:
    return await member.post("/api/v1/me/email", {"email": "new@people.example"})


async def change_password(_: houses.House, member: houses.Visitor) -> Any:
    body = {"current": member.password, "password": "nine blue kites over a hill"}
    return await member.post("/api/v1/me/password", body)


async def make_key(house: houses.House, member: houses.Visitor) -> Any:
    body = {"label": "k", "expires_at": (house.time.now() + houses.timedelta(days=1)).isoformat()}
    return await member.post("/api/v1/me/api-keys", body)


async def reset(house: houses.House, member: houses.Visitor) -> Any:
    token = house.postbox.last(member.email, notices.Purpose.PASSWORD_RESET)
    body = {"token": token, "password": "nine blue kites over a hill"}
    return await member.post("/api/v1/password-resets/redeem", body)


async def reuse(_: houses.House, member: houses.Visitor) -> Any:
    return await member.refresh(member.recovery[0])


STEPS: dict[str, tuple[Step, int]] = {
    "signing in on a new device": (sign_in, 200),
    "confirming an authenticator": (enrol, 200),
    "asking for another address": (change_email, 202),
    "changing the password": (change_password, 200),
    "making a key": (make_key, 201),
    "redeeming a link": (reset, 204),
    "finding a used token": (reuse, 401),
}


@pytest.mark.parametrize("name", STEPS)
async def test_a_step_that_breaks_in_the_middle_has_not_happened_and_works_afterwards(
    house: houses.House, name: str
) -> None:
    step, status = STEPS[name]
    member = await house.member("amara", access.Role.INVESTOR, bearer=name == "finding a used token")
    if name == "finding a used token":
        member.recovery = [member.refresh_token]
        await member.refresh()
        house.time.advance(houses.timedelta(minutes=1))
    else:
        await member.post("/api/v1/password-resets", {"email": member.email})
        await member.step_up()
        if name == "confirming an authenticator":
            member.secret = (await member.post("/api/v1/me/totp")).json["secret"]
    before = await everything(house)
    house.postbox.broken = True
    assert (await step(house, member)).status == 500
    assert await everything(house) == before
    house.postbox.broken = False
    assert (await step(house, member)).status == status
    assert await everything(house) != before
