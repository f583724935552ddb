"""A document's way to the public: two operators, the sweep, the news to every channel, and the served bytes."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio

from boundary.kernel import clock, ids, primitives, records
from boundary.kernel.runtime import app as apps
from boundary.kernel.runtime import approvals, operator_register, transaction
from boundary.privacy import documents as public
from boundary.wire import to_customer, words
from execution_stack import app
from execution_stack.documents import model, rules, service
from execution_stack.documents.adapters import files
from execution_stack.gate.service import channels, keyring, publishing
from tests.boundary.channel import frames
from tests.boundary.kernel.runtime import loopback
from tests.execution.gate.house import NOW, House

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECONDS = clock.to_micros(NOW) // 1_000_000
RULES = b"# Rules\n\nEach lot pays one US dollar if the announced rate is lower.\n"
STACK = "execution"


class Operators(NamedTuple):
    """Two active operators of the stack and one who is only registered."""

    keys: dict[UUID, bytes]
    stranger: UUID

    def sign(self, made: approvals.Statement, *who: UUID) -> list[approvals.Approval]:
        hashed = approvals.statement_hash(made)
        signing = who or tuple(ref for ref in self.keys if ref != self.stranger)
        return [approvals.Approval(ref, primitives.ed25519_sign(self.keys[ref], hashed)) for ref in signing]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def operators(house: House) -> Operators:
    keys: dict[UUID, bytes] = {}
    for number in range(3):
        seed = ids.SystemIds().token(32)
        public_key = primitives.ed25519_public(seed)
        ref = await house.as_operator(lambda tx, key=public_key: operator_register.register(tx, key, house.ids))
        keys[ref] = seed
        if number == 2:
            return Operators(keys, ref)
        made = approvals.statement(
            STACK,
            operator_register.ACTIVATE,
            ref,
            {"public_key": public_key.hex(), "scope": "stack"},
            nonce=house.ids.ref(),
            now=SECONDS,
            seconds=3600,
        )
        own = [approvals.Approval(ref, primitives.ed25519_sign(seed, approvals.statement_hash(made)))]
        await house.as_operator(
            lambda tx, made=made, own=own: operator_register.activate(tx, STACK, made, own, SECONDS)
        )
    raise AssertionError


def described(data: bytes, media: model.Media = model.Media.MARKDOWN) -> model.Document:
    return service.describe(data, model.Kind.RULES, media, publishing.Sweep())


def stated(house: House, document: model.Document, **changes: str) -> approvals.Statement:
    facts = dict(rules.facts(document)) | changes
    return approvals.statement(
        STACK, rules.PURPOSE, rules.subject(document.hash), facts, nonce=house.ids.ref(), now=SECONDS, seconds=3600
    )


async def register(
    house: House,
    document: model.Document,
    made: approvals.Statement,
    given: list[approvals.Approval],
    at: int = SECONDS,
) -> None:
    async def work(tx: transaction.Tx) -> None:
        await service.register(tx, document, made, given, at, publishing.Announcer())

    await house.operator.run("test.import", work)


def text(house: House) -> bytes:
    """Another document each time."""
    return RULES + f"\nRule {house.ids.ref()}.\n".encode()


async def test_two_operators_publish_a_document_and_every_channel_hears_of_it(
    house: House, operators: Operators
) -> None:
    wire = await house.admitted(2)
    document = described(text(house))
    made = stated(house, document)
    entry = await house.last_entry()
    await register(house, document, made, operators.sign(made))
    heard = to_customer.DocumentPublished(document.hash, document.size, words.DocumentKind.RULES)
    for end in wire.ends:
        assert heard in await wire.news(end)
    assert await house.operator.read("test.find", lambda tx: service.require(tx, document.hash)) == document
    imported = [each for each in await house.entries(entry) if isinstance(each, model.Imported)]
    assert imported == [model.Imported(document.hash, document.size, approvals.statement_hash(made))]


async def test_who_is_admitted_later_hears_of_documents_before_the_instruments_that_name_them(
    house: House, operators: Operators
) -> None:
    document = described(text(house))
    made = stated(house, document)
    await register(house, document, made, operators.sign(made))
    await house.list_instrument(document=document.hash)
    end = house.end()
    await house.as_operator(lambda tx: channels.register(tx, end.channel))
    receiver = house.receiver(end)
    answer = end.open(await receiver.exchange(end.heartbeat()))
    assert answer.core is not None
    news = end.take(answer.core)
    published = next(n for n, each in enumerate(news) if getattr(each, "document", None) == document.hash)
    listed = next(n for n, each in enumerate(news) if isinstance(each, to_customer.InstrumentListed))
    assert published < listed


async def test_no_document_is_published_without_two_operators_who_signed_just_that(
    house: House, operators: Operators
) -> None:
    document, other = described(text(house)), described(text(house))
    made = stated(house, document)
    one, two = [ref for ref in operators.keys if ref != operators.stranger]
    before = await house.contents()
    attempts: list[tuple[model.Document, approvals.Statement, list[approvals.Approval], int, type[Exception]]] = [
        (document, made, [], SECONDS, approvals.NotApproved),
        (document, made, operators.sign(made, one), SECONDS, approvals.NotApproved),
        (document, made, operators.sign(made, one, one), SECONDS, approvals.NotApproved),
        (document, made, operators.sign(made, one, operators.stranger), SECONDS, approvals.NotApproved),
        (document, made, operators.sign(stated(house, document)), SECONDS, approvals.NotApproved),
        (other, made, operators.sign(made), SECONDS, approvals.BadStatement),
        (document, made, operators.sign(made), SECONDS + 3600, approvals.BadStatement),
        (document, bad := stated(house, document, kind="terms"), operators.sign(bad), SECONDS, approvals.BadStatement),
    ]
    for of, statement, given, at, error in attempts:
        with pytest.raises(error):
            await register(house, of, statement, given, at)
    assert await house.contents() == before
    await register(house, document, made, operators.sign(made, two, one))
    with pytest.raises(model.AlreadyRegistered):
        await register(house, document, again := stated(house, document), operators.sign(again))


async def test_of_many_imports_of_one_document_at_once_one_holds(house: House, operators: Operators) -> None:
    document = described(text(house))
    pool = await house.schema.connect("execution_operator", size=8)
    made = [stated(house, document) for _ in range(100)]

    async def race(statement: approvals.Statement) -> bool:
        async def work(tx: transaction.Tx) -> None:
            given = operators.sign(statement)
            await service.register(tx, document, statement, given, SECONDS, publishing.Announcer())

        try:
            await pool.run("test.import", work)
        except model.AlreadyRegistered:
            return False
        return True

    assert sum(await asyncio.gather(*map(race, made))) == 1
    await pool.close()


async def test_the_sweep_refuses_before_anything_is_signed() -> None:
    with pytest.raises(public.PersonalData):
        described(RULES + b"Ask nimal@example.com.\n")
    with pytest.raises(public.BadDocument):
        described(RULES, model.Media.PDF)


# --- served


class Shelf(NamedTuple):
    client: loopback.Client
    place: Path
    document: model.Document
    data: bytes

    async def ask(self, name: str, method: str = "GET", *headers: tuple[str, str]) -> loopback.Answer:
        return await self.client.request(method, f"/documents/{name}", b"", *headers)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shelf(house: House, operators: Operators, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shelf]:
    place, end = tmp_path_factory.mktemp("shelf"), house.end()
    held = keyring.Keyring(frames.held({end.channel: end.masters}))
    data = text(house)
    document = described(data)
    files.Files(place / "documents").put(document.hash, data)
    made = stated(house, document)
    await register(house, document, made, operators.sign(made))
    server = loopback.Served(
        app.create(held, house.gate, apps.Readiness({}), house.time, house.ids, documents=place / "documents")
    )
    yield Shelf(loopback.Client(await server.start()), place / "documents", document, data)
    await server.stop()


async def test_a_registered_document_is_served_for_ever_and_the_same_to_everybody(shelf: Shelf) -> None:
    name = shelf.document.hash.hex()
    answer = await shelf.ask(name)
    assert (answer.status, answer.body) == (200, shelf.data)
    assert answer.header("content-type") == "text/markdown; charset=utf-8"
    assert answer.header("cache-control") == "public, max-age=31536000, immutable"
    assert answer.header("etag") == f'"{name}"'
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("content-security-policy") is not None
    assert answer.header("set-cookie") is None
    head = await shelf.ask(name, "HEAD")
    assert (head.status, head.body) == (200, b"")


async def test_only_what_is_registered_is_served_whatever_lies_in_the_store(shelf: Shelf) -> None:
    stray = b"# Nobody signed this\n"
    hashed = hashlib.sha256(stray).digest()
    files.Files(shelf.place).put(hashed, stray)
    name = shelf.document.hash.hex()
    for wrong in (
        hashed.hex(),
        "00" * 32,
        name.upper(),
        name[:-1],
        name + "0",
        "..",
        "%2e%2e",
        f".{name}.1",
        "a" * 500,
    ):
        answer = await shelf.ask(wrong)
        assert answer.status == 404, wrong
        assert stray not in answer.body


async def test_bytes_that_rotted_are_not_served(shelf: Shelf) -> None:
    file = shelf.place / shelf.document.hash.hex()
    for rotten in (shelf.data[:-1], shelf.data[:-1] + b"!", b""):
        file.write_bytes(rotten)
        answer = await shelf.ask(file.name)
        assert (answer.status, answer.code) == (503, "document_missing")
    file.unlink()
    assert (await shelf.ask(file.name)).code == "document_missing"
    files.Files(shelf.place).put(shelf.document.hash, shelf.data)
    assert (await shelf.ask(file.name)).status == 200


async def test_a_document_is_named_by_nothing_else_and_takes_no_other_method(shelf: Shelf) -> None:
    assert (await shelf.ask(shelf.document.hash.hex(), "POST")).status == 405
    assert (await shelf.client.request("GET", "/documents", b"")).status == 404
    assert isinstance(msgspec.json.decode((await shelf.ask("zz")).body), dict)
    assert records.all_of(records.Entry)
