"""Sealing, opening, looking up and erasing, on a real database."""

import asyncio
import collections
import traceback
import uuid

import pytest

from boundary.kernel import errors, ids, records
from boundary.kernel.runtime import approvals, transaction
from customer_stack.vault import model, service
from customer_stack.vault.adapters import signatures
from customer_stack.vault.formats import sealed
from tests import stacks
from tests.customer import signing
from tests.customer.vault.conftest import Guests, made, with_guests

EMAIL = "somebody@house.example"


async def test_what_was_sealed_opens_again(guests: Guests) -> None:
    subject = await guests.register(EMAIL, "Amara Sample")
    assert await guests.read(subject) == {"guest.name": "Amara Sample", "guest.email": EMAIL}


async def test_another_process_opens_it_too(guests: Guests) -> None:
    subject = await guests.register(EMAIL)
    other = guests._replace(vault=made(), random=ids.SystemIds())
    assert (await other.read(subject))["guest.email"] == EMAIL


@pytest.mark.parametrize("value", ["", "x", "நிமல் பெரேரா", "سارة", "a" * model.VALUE_BYTES_MAX])
async def test_any_text_up_to_the_bound_is_sealed(guests: Guests, value: str) -> None:
    subject = await guests.register(EMAIL)

    async def work(tx: transaction.Tx) -> str:
        one = await guests.vault.seal(tx, subject, {"guest.name": value})
        return (await guests.vault.open(tx, subject, one))["guest.name"]

    if len(value.encode()) <= model.VALUE_BYTES_MAX:
        assert await guests.db.run("test", work) == value


async def test_a_longer_one_is_refused(guests: Guests) -> None:
    subject = await guests.register(EMAIL)
    with pytest.raises(model.ValueTooLarge):
        await guests.db.run(
            "test", lambda tx: guests.vault.seal(tx, subject, {"guest.name": "a" * (model.VALUE_BYTES_MAX + 1)})
        )


async def test_bytes_come_back_as_bytes(guests: Guests) -> None:
    subject = await guests.register(EMAIL)
    secret = bytes(range(256))

    async def work(tx: transaction.Tx) -> dict[str, bytes]:
        one = await guests.vault.seal(tx, subject, {"totp": secret})
        return await guests.vault.open_bytes(tx, subject, one)

    assert await guests.db.run("test", work) == {"totp": secret}


async def test_the_sealed_form_shows_nothing_and_is_never_the_same_twice(guests: Guests) -> None:
    subject = await guests.register(EMAIL)

    async def work(tx: transaction.Tx) -> list[bytes]:
        return [(await guests.vault.seal(tx, subject, {"guest.email": EMAIL}))["guest.email"] for _ in range(2000)]

    found = await guests.db.run("test", work)
    nonces = collections.Counter(each[5:17] for each in found)
    assert max(nonces.values()) == 1
    assert len(set(found)) == len(found)
    assert not any(EMAIL.encode() in each for each in found)


# ---- moved, changed, cut


async def test_a_value_moved_to_another_subject_or_field_does_not_open(guests: Guests) -> None:
    one, other = await guests.register(EMAIL), await guests.register("other@house.example")

    async def seal(tx: transaction.Tx) -> bytes:
        return (await guests.vault.seal(tx, one, {"guest.email": EMAIL}))["guest.email"]

    value = await guests.db.run("test", seal)
    for subject, field in ((other, "guest.email"), (one, "guest.name"), (other, "guest.name"), (one, "guest.emai")):
        with pytest.raises(model.Damaged):
            await guests.db.run("test", lambda tx: guests.vault.open(tx, subject, {field: value}))  # noqa: B023 -- run at once


async def test_every_flipped_bit_and_every_cut_is_found(guests: Guests) -> None:
    subject = await guests.register(EMAIL)

    async def work(tx: transaction.Tx) -> list[int]:
        value = (await guests.vault.seal(tx, subject, {"f": "abc"}))["f"]
        changed = [value[:place] + bytes([value[place] ^ 1 << bit]) + value[place + 1 :]
                   for place in range(len(value)) for bit in range(8)]  # fmt: skip
        changed += [value[:length] for length in range(len(value))] + [value + b"\0"]
        passed = []
        for number, each in enumerate(changed):
            try:
                await guests.vault.open(tx, subject, {"f": each})
            except (model.Damaged, model.Unreadable):
                continue
            passed.append(number)
        return passed

    assert await guests.db.run("test", work) == []


async def test_a_wrapped_key_moved_to_another_subject_is_found_out(guests: Guests) -> None:
    one, other = await guests.register(EMAIL), await guests.register("other@house.example")
    await guests.db.run(
        "test",
        lambda tx: tx.execute(
            "UPDATE subject_key SET wrapped = (SELECT wrapped FROM subject_key WHERE subject = $1) WHERE subject = $2",
            one,
            other,
        ),
    )
    with pytest.raises(model.KeyServiceWrong):
        await guests._replace(vault=made()).read(other)


# ---- keys: one each


async def test_of_a_hundred_that_create_one_subject_at_once_one_does(guests: Guests) -> None:
    subject = guests.random.ref()
    vaults = [made(), made()]

    async def create(number: int) -> bool:
        try:
            await guests.db.run("test", lambda tx: vaults[number % 2].create(tx, subject))
        except model.SubjectExists:
            return False
        return True

    assert sum(await asyncio.gather(*map(create, range(100)))) == 1
    rows = await guests.db.run(
        "test", lambda tx: tx.fetch("SELECT version FROM subject_key WHERE subject = $1", subject)
    )
    assert [row["version"] for row in rows] == [1]


async def test_a_creation_that_is_rolled_back_leaves_no_key_behind_in_memory(guests: Guests) -> None:
    subject = guests.random.ref()

    async def interrupted(tx: transaction.Tx) -> None:
        await guests.vault.create(tx, subject)
        await guests.vault.seal(tx, subject, {"f": "x"})
        raise errors.Conflict("changed my mind")

    with pytest.raises(errors.Conflict):
        await guests.db.run("test", interrupted)

    async def again(tx: transaction.Tx) -> dict[str, bytes]:
        await guests.vault.create(tx, subject)
        return await guests.vault.seal(tx, subject, {"f": "x"})

    value = await guests.db.run("test", again)
    assert await guests.db.run("test", lambda tx: made().open(tx, subject, value)) == {"f": "x"}


async def test_a_subject_without_a_key_is_refused(guests: Guests) -> None:
    for work in (
        lambda tx: guests.vault.seal(tx, uuid.UUID(int=1), {"f": "x"}),
        lambda tx: guests.vault.shred(tx, uuid.UUID(int=1)),
        lambda tx: guests.vault.open(tx, uuid.UUID(int=1), {"f": sealed.pack(1, bytes(12), bytes(16))}),
    ):
        with pytest.raises(model.Unreadable):
            await guests.db.run("test", work)


# ---- the api's login makes and uses keys, and cannot destroy any


async def test_the_api_uses_keys_and_cannot_destroy_them(
    customer_schema: stacks.StackDatabase, vault: service.Vault
) -> None:
    await with_guests(customer_schema)
    db = await customer_schema.connect("customer_api")
    guests = Guests(vault, db, ids.SystemIds())
    try:
        subject = await guests.register(EMAIL)
        assert (await guests.read(subject))["guest.email"] == EMAIL
        with pytest.raises(Exception, match="permission denied"):
            await db.run("test", lambda tx: vault.shred(tx, subject))
    finally:
        await db.close()


# ---- erasing


async def test_shredding_makes_everything_unreadable_in_every_process_at_once(guests: Guests) -> None:
    one, other = await guests.register(EMAIL), await guests.register("other@house.example")
    second = guests._replace(vault=made())
    await second.read(one)  # it remembers the key
    await guests.db.run("test", lambda tx: guests.vault.shred(tx, one))
    for process in (guests, second):
        with pytest.raises(model.Unreadable) as refusal:
            await process.read(one)
        assert refusal.value.code == "subject_shredded"
        assert (await process.read(other))["guest.email"] == "other@house.example"


async def test_lists_leave_the_erased_out(guests: Guests) -> None:
    one, other = await guests.register(EMAIL), await guests.register("other@house.example")
    await guests.db.run("test", lambda tx: guests.vault.shred(tx, one))

    async def work(tx: transaction.Tx) -> dict[service.Place, str]:
        rows = await tx.fetch("SELECT id, email FROM guest")
        return await guests.vault.open_many(tx, {(row["id"], "guest.email"): row["email"] for row in rows})

    assert await guests.db.run("test", work) == {(other, "guest.email"): "other@house.example"}


async def test_an_erased_subject_is_no_longer_found_and_never_comes_back(guests: Guests) -> None:
    subject = await guests.register(EMAIL)
    await guests.db.run("test", lambda tx: guests.vault.shred(tx, subject))
    index = guests.vault.blind("email", EMAIL)
    find = "SELECT count(*) FROM guest WHERE email_index = $1"
    assert await guests.db.run("test", lambda tx: tx.value(find, index)) == 0
    with pytest.raises(model.Unreadable):
        await guests.db.run("test", lambda tx: guests.vault.create(tx, subject))
    await guests.register(EMAIL)  # the address itself is free again


async def test_shredding_twice_is_shredding_once(guests: Guests) -> None:
    subject = await guests.register(EMAIL)
    for _ in range(2):
        await guests.db.run("test", lambda tx: guests.vault.shred(tx, subject))
    ledger = await guests.db.run("test", guests.vault.erasures)
    assert [each.subject for each in ledger] == [subject]


async def test_of_a_hundred_that_shred_at_once_one_writes_the_ledger(guests: Guests) -> None:
    subject = await guests.register(EMAIL)
    await asyncio.gather(*(guests.db.run("test", lambda tx: guests.vault.shred(tx, subject)) for _ in range(100)))
    count = "SELECT count(*) FROM audit_entry WHERE position($1::bytea IN payload) > 0"
    written = await guests.db.run("test", lambda tx: tx.value(count, b"customer.vault.subject_shredded.v1"))
    assert written == 1


async def test_where_four_eyes_are_asked_nobody_is_erased_without_them(
    guests: Guests, customer_schema: stacks.StackDatabase
) -> None:
    refs, operator = await signing.operators(customer_schema), await customer_schema.connect("customer_operator")
    subject, other = await guests.register(EMAIL), await guests.register("other@house.example")
    made = signatures.statement(subject, ids.SystemIds(), 1_000, 60)
    both = [approvals.Approval(ref, signing.sign(seed, made)) for ref, seed in zip(refs, signing.SEEDS, strict=True)]

    async def shred(whom: uuid.UUID, signed: list[approvals.Approval], now: int = 1_000) -> None:
        eyes = signatures.TwoOperators(made, signed, now)
        await operator.run("test", lambda tx: guests.vault.shred(tx, whom, approvals=eyes))

    for whom, signed, now in (
        (subject, both[:1], 1_000),
        (subject, [both[0], both[0]], 1_000),
        (subject, [approvals.Approval(refs[0], both[1].signature), both[1]], 1_000),
        (subject, both, 1_060),
        (other, both, 1_000),
    ):
        with pytest.raises((approvals.NotApproved, approvals.BadStatement)):
            await shred(whom, signed, now)
    assert (await guests.read(subject))["guest.email"] == EMAIL
    await shred(subject, both)
    rows = await guests.db.run("test", lambda tx: tx.fetch("SELECT payload FROM audit_entry ORDER BY id DESC LIMIT 1"))
    entry = records.decode(rows[0]["payload"], records.Entry)
    assert entry == model.SubjectShredded(subject, model.Reason.REQUEST, 1, made.nonce)
    assert (await guests.read(other))["guest.email"] == "other@house.example"
    await operator.close()


async def test_a_shredding_waits_for_who_is_sealing_and_a_sealer_after_it_is_refused(guests: Guests) -> None:
    subject = await guests.register(EMAIL)
    sealing, go_on = asyncio.Event(), asyncio.Event()

    async def slow(tx: transaction.Tx) -> None:
        await guests.vault.seal(tx, subject, {"f": "x"})
        sealing.set()
        await go_on.wait()

    first = asyncio.create_task(guests.db.run("test", slow))
    await sealing.wait()
    second = asyncio.create_task(guests.db.run("test", lambda tx: guests.vault.shred(tx, subject)))
    await asyncio.sleep(0.1)
    assert not second.done()
    go_on.set()
    await asyncio.gather(first, second)
    with pytest.raises(model.Unreadable):
        await guests.db.run("test", lambda tx: guests.vault.seal(tx, subject, {"f": "x"}))


# ---- indexes and commitments


def test_every_index_and_purpose_has_a_key_of_its_own(vault: service.Vault) -> None:
    found = [vault.blind(each, "same") for each in model.Index]
    found += [vault.commitment(purpose, "same") for purpose in ("email", "phone", "kyc.decided")]
    assert len(set(found)) == len(found)
    assert {len(each) for each in found} == {32}
    assert vault.blind("email", "same") == made().blind("email", "same")
    with pytest.raises(ValueError, match="shoe_size"):
        vault.blind("shoe_size", "44")


async def test_no_key_shows_in_a_repr_an_error_or_a_traceback(guests: Guests) -> None:
    subject = await guests.register(EMAIL)
    keys = [secret for secret, _ in guests.vault._remembered._keys.values()]
    assert keys
    with pytest.raises(model.Damaged) as refusal:
        await guests.db.run(
            "test", lambda tx: guests.vault.open(tx, subject, {"f": bytes([1]) + bytes(3) + bytes([1]) + bytes(40)})
        )
    text = repr(guests.vault) + repr(guests.vault._provider) + str(refusal.value) + repr(refusal.value)
    text += "".join(traceback.format_exception(refusal.value))
    for key in keys:
        assert key.hex() not in text
        assert repr(key) not in text
