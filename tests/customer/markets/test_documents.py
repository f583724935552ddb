"""Documents of the markets: wanted from the moment they are announced, held once good, and nothing traded without."""

import hashlib
import uuid
from datetime import timedelta

import pytest

from boundary.kernel import clock, errors, records
from boundary.kernel.runtime import transaction
from customer_stack.gate import ports
from customer_stack.markets import jobs, model, rules, service
from tests.customer.markets.test_service import LISTING, ONE, OPENS, REGISTER, listed, moved
from tests.stacks import StackDatabase

DATA = b"# Rules\n"
HASH = hashlib.sha256(DATA).digest()
NAMED = ports.Listing(**{name: getattr(LISTING, name) for name in LISTING.__struct_fields__} | {"document": HASH})


class Library:
    """Hands out what it was given, or raises it; counts how often it was asked."""

    def __init__(self, *answers: bytes | errors.Refusal) -> None:
        self.answers = list(answers)
        self.asked: list[bytes] = []

    async def pull(self, hashed: bytes, size: int) -> tuple[bytes, str]:
        self.asked.append(hashed)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, errors.Refusal):
            raise answer
        return answer, "text/markdown"


class Wrong(errors.Invalid):
    """What came is not good."""

    code = "document_wrong"


async def announced(db: transaction.Database, hashed: bytes = HASH, size: int = len(DATA)) -> None:
    await db.run("test.published", lambda tx: REGISTER.published(tx, [ports.Published(hashed, size, "rules")]))


async def why(db: transaction.Database, ref: uuid.UUID = ONE) -> model.Untradable | None:
    return (await db.read("test.why", lambda tx: service.untradable(tx, [ref]))).get(ref)


async def entries(schema: StackDatabase) -> list[records.Entry]:
    superuser = await schema.superuser()
    try:
        rows = await superuser.fetch("SELECT payload FROM audit_entry ORDER BY id")
    finally:
        await superuser.close()
    found = [records.decode(row[0], records.Entry) for row in rows]
    return [each for each in found if isinstance(each, model.DocumentHeld | model.DocumentRefused)]


async def test_an_instrument_is_traded_from_the_moment_its_document_is_here(
    customer_db: transaction.Database, customer_schema: StackDatabase
) -> None:
    time, library = clock.ManualClock(OPENS + timedelta(days=400)), Library(DATA)
    puller = jobs.Puller(library, time)
    assert await why(customer_db) is model.Untradable.UNKNOWN
    await listed(customer_db, NAMED)
    assert await why(customer_db) is model.Untradable.DOCUMENT_UNAVAILABLE
    with pytest.raises(model.NotTradable) as refused:
        await customer_db.read("test.require", lambda tx: service.require_tradable(tx, ONE))
    assert (refused.value.code, refused.value.facts["reason"]) == ("instrument_not_tradable", "document_unavailable")
    await announced(customer_db)
    await announced(customer_db)
    assert await why(customer_db) is model.Untradable.DOCUMENT_UNAVAILABLE
    await puller.pull(customer_db, jobs.PullDocuments())
    await puller.pull(customer_db, jobs.PullDocuments())
    assert library.asked == [HASH], "what is here is not asked for again"
    assert await why(customer_db) is None
    held = await customer_db.read("test.held", lambda tx: service.document_of(tx, ONE))
    assert held == model.Held(HASH, "text/markdown", DATA)
    await customer_db.read("test.require", lambda tx: service.require_tradable(tx, ONE))
    await moved(customer_db, ONE, "halted")
    assert await why(customer_db) is model.Untradable.HALTED
    await moved(customer_db, ONE, "delisted")
    assert await why(customer_db) is model.Untradable.DELISTED
    assert await entries(customer_schema) == [model.DocumentHeld(HASH, len(DATA))]


async def test_an_unreachable_server_is_asked_again_with_more_and_more_patience(
    customer_db: transaction.Database, customer_schema: StackDatabase
) -> None:
    time = clock.ManualClock(OPENS + timedelta(days=400))
    library = Library(errors.Unavailable("nobody there"), errors.Unavailable("nobody there"), DATA)
    puller = jobs.Puller(library, time)
    await listed(customer_db, NAMED)
    await announced(customer_db)
    for waited, asked in ((0, 1), (4, 1), (1, 2), (9, 2), (1, 3)):
        time.advance(timedelta(seconds=waited))
        await puller.pull(customer_db, jobs.PullDocuments())
        assert len(library.asked) == asked, waited
    assert await why(customer_db) is None
    assert await entries(customer_schema) == [model.DocumentHeld(HASH, len(DATA))]


async def test_what_is_wrong_is_refused_with_evidence_once_and_mended_when_it_comes_right(
    customer_db: transaction.Database, customer_schema: StackDatabase
) -> None:
    time, library = clock.ManualClock(OPENS + timedelta(days=400)), Library(Wrong("no"), Wrong("no"), DATA)
    puller = jobs.Puller(library, time)
    await listed(customer_db, NAMED)
    await announced(customer_db)
    for _ in range(2):
        await puller.pull(customer_db, jobs.PullDocuments())
        assert await why(customer_db) is model.Untradable.DOCUMENT_REFUSED
        with pytest.raises(model.NoDocument):
            await customer_db.read("test.document", lambda tx: service.document_of(tx, ONE))
        time.advance(rules.REFUSED_AGAIN * 2)
    await puller.pull(customer_db, jobs.PullDocuments())
    assert await why(customer_db) is None
    assert await entries(customer_schema) == [
        model.DocumentRefused(HASH, "document_wrong"),
        model.DocumentHeld(HASH, len(DATA)),
    ]


async def test_one_bad_document_keeps_no_other_from_coming(customer_db: transaction.Database) -> None:
    time = clock.ManualClock(OPENS + timedelta(days=400))
    many = [hashlib.sha256(bytes([number])).digest() for number in range(10)]

    class Half(Library):
        async def pull(self, hashed: bytes, size: int) -> tuple[bytes, str]:
            self.asked.append(hashed)
            if hashed[0] % 2:
                raise Wrong("no")
            return b"x", "text/markdown"

    library = Half(DATA)
    for hashed in many:
        await announced(customer_db, hashed, 1)
    await jobs.Puller(library, time).pull(customer_db, jobs.PullDocuments())
    assert sorted(library.asked) == sorted(many)


async def test_a_crash_between_fetching_and_keeping_forgets_nothing(customer_db: transaction.Database) -> None:
    time, library = clock.ManualClock(OPENS + timedelta(days=400)), Library(DATA)
    await announced(customer_db)

    class KilledError(Exception):
        """The process ends here."""

    class Dying(Library):
        async def pull(self, hashed: bytes, size: int) -> tuple[bytes, str]:
            raise KilledError

    with pytest.raises(KilledError):
        await jobs.Puller(Dying(DATA), time).pull(customer_db, jobs.PullDocuments())
    await jobs.Puller(library, time).pull(customer_db, jobs.PullDocuments())
    assert library.asked == [HASH]


def test_patience_doubles_up_to_its_bound_and_is_longer_for_what_was_wrong() -> None:
    assert [rules.patience(n, refused=False).seconds for n in range(8)] == [5, 10, 20, 40, 80, 160, 300, 300]
    assert rules.patience(1000, refused=True) == rules.REFUSED_AGAIN_MAX
    assert all(rules.patience(n, refused=True) >= rules.patience(n, refused=False) for n in range(20))
