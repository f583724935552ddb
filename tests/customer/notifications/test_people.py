"""Identity and notifications speak of the same things, and what one knows of addresses the other uses."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from customer_stack.identity.model import accounts, notices
from customer_stack.notifications import model
from customer_stack.notifications.adapters import people
from tests.customer.notifications.conftest import Office

ADD = """
INSERT INTO account (id, role, state, language, email, email_index, phone, phone_index, email_verified_at, created_at,
  changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)"""


@pytest.fixture
async def directory(office: Office) -> people.Directory:
    superuser = await office.schema.superuser()
    await superuser.execute("GRANT INSERT ON account TO customer_worker")
    await superuser.close()
    return people.Directory(office.vault)


async def account(
    office: Office, number: int, *, state: str = "active", role: str = "investor", language: str = "ta"
) -> UUID:
    """Somebody with a verified e-mail address and a phone that is not."""
    made, vault = ids.SystemIds().ref(), office.vault

    async def work(tx: transaction.Tx) -> None:
        await vault.create(tx, made)
        contacts = {"account.email": f"person{number}@people.example", "account.phone": f"+1202555010{number}"}
        sealed = await vault.seal(tx, made, contacts)
        index = [vault.blind(name, contacts[f"account.{name}"]) for name in ("email", "phone")]
        now = office.time.now()
        values = (sealed["account.email"], index[0], sealed["account.phone"], index[1], now, now)
        await tx.execute(ADD, made, role, state, language, *values)

    await office.db.run("test.account", work)
    return made


def test_every_notice_of_identity_has_words_and_every_word_a_notice() -> None:
    ours = {kind.value for kind in model.Kind if kind.value.startswith("identity.")}
    assert {notice.value for notice in notices.Notice} == ours
    assert {purpose.value for purpose in notices.Purpose} == {purpose.value for purpose in model.Purpose}
    assert {channel.value for channel in accounts.Channel} == {channel.value for channel in model.Channel}


async def test_only_a_verified_address_is_used_in_the_language_of_registration(
    office: Office, directory: people.Directory
) -> None:
    tamil, french = await account(office, 1), await account(office, 2, language="fr")
    found = [
        await office.db.run("test.addresses", lambda tx, who=who: directory.addresses(tx, who))
        for who in (tamil, french, office.random.ref())
    ]
    assert found == [
        model.Addresses("person1@people.example", None, model.Locale.TAMIL),
        model.Addresses("person2@people.example", None, None),
        model.Addresses(),
    ]


async def test_members_are_those_who_are_there_in_the_order_of_their_numbers(
    office: Office, directory: people.Directory
) -> None:
    async def members(**asked: Any) -> list[UUID]:
        wanted = {"role": None, "registered_by": office.time.now(), "after": None, "limit": 10} | asked
        return list(await office.db.run("test.members", lambda tx: directory.members(tx, **wanted)))

    here = sorted([await account(office, 1), await account(office, 2, state="suspended")])
    await account(office, 3, state="pending")
    await account(office, 4, state="closed")
    issuer = await account(office, 5, role="issuer")
    assert await members(role="investor") == here
    assert await members(role="issuer") == [issuer]
    assert await members(role="investor", after=here[0]) == here[1:]
    assert await members(registered_by=office.time.now() - timedelta(seconds=1)) == []
    assert len(await members(limit=2)) == 2


async def test_what_a_kind_has_no_words_for_is_left_out(office: Office) -> None:
    who = await office.admit()
    teller = people.Teller(office.post)
    reason = {"reason": accounts.Reason.LEGAL_ORDER.value}
    await office.db.run("test.tell", lambda tx: teller.notify(tx, who, notices.Notice.SUSPENDED, reason))
    await office.sweep()
    (message,) = office.carrier.carried
    assert "legal" not in " ".join((message.subject, *message.paragraphs, message.text)).lower()


async def test_a_code_of_identity_goes_where_identity_says(office: Office) -> None:
    who = await office.admit()
    teller = people.Teller(office.post)
    to = (accounts.Channel.SMS, "+12025550123", notices.Purpose.VERIFY_PHONE, "271828")
    await office.db.run("test.tell", lambda tx: teller.send_code(tx, who, *to))
    await office.sweep()
    assert [(each.channel, each.to) for each in office.carrier.carried] == [(model.Channel.SMS, "+12025550123")]
