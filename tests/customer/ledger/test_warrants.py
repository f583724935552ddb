"""Nothing leaves a customer's account without a verdict or a cause: what the rules say, and what the database says alone."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import pytest

from boundary.kernel import clock, errors
from boundary.kernel.runtime import transaction
from customer_stack.compliance import model
from customer_stack.ledger import model as ledger
from customer_stack.ledger.model import status
from customer_stack.ledger.repo import posting as repo
from customer_stack.ledger.rules import reference
from customer_stack.ledger.service import accounts, posting
from tests.customer.compliance import conftest, house

room = conftest.room
S, K, F, C = status.Status, model.OperationKind, ledger.Flag, ledger.Cause
TEN = 1_000


async def post(db: transaction.Database, *wanted: ledger.Transfer) -> list[status.Status]:
    results = await db.run("t", lambda tx: posting.post(tx, wanted, house.NOON))
    return [each.status for each in results]


async def with_verdict(room: house.Room, operation: model.Operation, **change: Any) -> list[status.Status]:
    """Judge, then post something that is not, or not quite, what was judged; in one transaction."""

    async def work(tx: transaction.Tx) -> list[status.Status]:
        (verdict,) = await room.clearance.evaluate(tx, [operation], room.now)
        wanted = msgspec.structs.replace(room.transfer(operation, verdict.id), **change)
        return [each.status for each in await posting.post(tx, [wanted], room.now)]

    return await room.db.run("t", work)


async def straight(db: transaction.Database, *wanted: ledger.Transfer) -> None:
    """Past the rules, to the function in the database, as a defect or a thief in the process would."""
    applied = [ledger.Applied(each, 0, place) for place, each in enumerate(wanted)]
    await db.run("t", lambda tx: repo.apply(tx, house.NOON, applied))


async def test_what_a_customer_wishes_moves_with_its_verdict(room: house.Room) -> None:
    await room.fund(TEN)
    assert await with_verdict(room, room.operation(K.WITHDRAWAL, TEN)) == [S.CREATED]
    assert await room.total() == 0


async def test_without_one_neither_a_transfer_nor_a_hold_leaves(room: house.Room) -> None:
    await room.fund(TEN)
    for flags in (0, F.PENDING):
        wish = room.transfer(room.operation(K.WITHDRAWAL, TEN), None, flags=flags)
        assert await post(room.db, wish) == [S.VERDICT_REQUIRED]
        with pytest.raises(ledger.NotCleared):
            await straight(room.db, wish)
    assert await room.total() == TEN


def changes(room: house.Room) -> dict[str, dict[str, Any]]:
    return {
        "another amount": {"amount": TEN - 1},
        "another account of hers": {
            "debit": room.account(house.USD).id,
            "credit": room.cash[ledger.HOUSE, 2].id,
            "asset": 2,
        },
        "somebody else's account": {"debit": room.account(owner=room.two).id},
        "another operation": {"id": UUID(int=999)},
        "a verdict that nobody gave": {"verdict": UUID(int=5)},
    }


@pytest.mark.parametrize(
    "what",
    [
        "another amount",
        "another account of hers",
        "somebody else's account",
        "another operation",
        "a verdict that nobody gave",
    ],
)
async def test_a_verdict_is_good_for_what_was_judged_and_nothing_else(room: house.Room, what: str) -> None:
    await room.fund(TEN)
    await room.fund(TEN, house.USD)
    await room.fund(TEN, owner=room.two)
    with pytest.raises(ledger.NotCleared):
        await with_verdict(room, room.operation(K.WITHDRAWAL, TEN), **changes(room)[what])
    assert (await room.total(), await room.total(house.USD), await room.total(owner=room.two)) == (TEN, TEN, TEN)


async def test_the_operation_may_stand_as_the_transfers_reference(room: house.Room) -> None:
    await room.fund(TEN)
    operation = room.operation(K.WITHDRAWAL, TEN)
    assert await with_verdict(room, operation, id=UUID(int=77), reference=operation.id) == [S.CREATED]


@pytest.mark.parametrize("word", ["REVIEW", "BLOCKED"])
async def test_only_an_allow_lets_go(room: house.Room, word: str) -> None:
    await room.fund(TEN)
    room.neighbours.screened[room.one] = word
    with pytest.raises(ledger.NotCleared):
        await with_verdict(room, room.operation(K.WITHDRAWAL, TEN))


async def test_a_verdict_of_an_earlier_transaction_is_worth_nothing(room: house.Room) -> None:
    await room.fund(TEN)
    operation = room.operation(K.WITHDRAWAL, TEN)
    (verdict,) = await room.evaluate(operation)
    assert verdict.answer is model.Answer.ALLOW
    with pytest.raises(ledger.NotCleared):
        await post(room.db, room.transfer(operation, verdict.id))


async def test_a_verdict_is_used_once(room: house.Room) -> None:
    await room.fund(3 * TEN)
    operation = room.operation(K.WITHDRAWAL, TEN)

    async def twice(tx: transaction.Tx, batches: Sequence[int]) -> None:
        (verdict,) = await room.clearance.evaluate(tx, [operation], room.now)
        made = [room.transfer(operation, verdict.id, id=UUID(int=50 + n), reference=operation.id) for n in range(2)]
        for size in batches:
            await posting.post_all(tx, made[:size], room.now)
            made = made[size:]

    for batches in ((2,), (1, 1)):
        with pytest.raises(ledger.NotCleared):
            await room.db.run("t", lambda tx, batches=batches: twice(tx, batches))
    assert await room.total() == 3 * TEN


async def test_a_cleared_hold_ends_without_another_verdict(room: house.Room) -> None:
    await room.fund(2 * TEN)
    operations = [room.operation(K.STAKE, TEN), room.operation(K.STAKE, TEN)]
    await room.does(*operations, flags=F.PENDING)
    assert await room.total() == 0
    ends = [
        ledger.Transfer(UUID(int=60 + n), ledger.NIL, ledger.NIL, amount, 0, 0, int(flag), operations[n].id)
        for n, (flag, amount) in enumerate(((F.POST, TEN - 1), (F.VOID, 0)))
    ]
    assert await post(room.worker, *ends) == [S.CREATED, S.CREATED]
    assert await room.total() == TEN + 1


async def test_a_verdict_and_a_cause_are_one_too_many(room: house.Room) -> None:
    await room.fund(TEN)
    assert await with_verdict(room, room.operation(K.WITHDRAWAL, TEN), cause=C.FEE) == [S.VERDICT_AND_CAUSE]


async def test_one_that_is_not_cleared_sinks_nobody_who_posts_in_the_same_group(room: house.Room) -> None:
    await room.fund(TEN)
    poster = posting.Poster(room.db, clock.ManualClock(house.NOON))
    wish = room.transfer(room.operation(K.WITHDRAWAL, TEN), None)
    claimed = room.transfer(room.operation(K.WITHDRAWAL, TEN), UUID(int=5))
    given = room.transfer(room.operation(K.DEPOSIT, TEN), None)
    answers = [
        await poster.submit(posting.Command(UUID(int=9), str(n), (each,))) for n, each in enumerate((wish, given))
    ]
    assert [answer[0].status for answer in answers] == [S.VERDICT_REQUIRED, S.CREATED]
    with pytest.raises(ledger.NotCleared):
        await poster.submit(posting.Command(UUID(int=9), "2", (claimed,)))


# ---- causes


def caused(room: house.Room, cause: C, to: UUID, **more: Any) -> ledger.Transfer:
    operation = room.operation(K.WITHDRAWAL, 10)
    return room.transfer(operation, None, cause=cause, to=to, **more)


ALLOWED = {
    ("customer_worker", "fee"), ("customer_worker", "settlement"), ("customer_worker", "correction"),
}  # fmt: skip


@pytest.mark.parametrize("role", ["customer_api", "customer_worker", "customer_operator"])
async def test_who_may_take_for_which_cause(room: house.Room, role: str) -> None:
    await room.fund(TEN)
    paid = room.transfer(room.operation(K.DEPOSIT, 10), None)
    await post(room.worker, paid)
    fees, bank, other = (room.cash[owner, 1].id for owner in (UUID(int=3), ledger.HOUSE, UUID(int=1)))
    tries = {
        "fee": caused(room, C.FEE, fees),
        "fee that is none": caused(room, C.FEE, bank),
        "settlement": caused(room, C.SETTLEMENT, other),
        "correction": caused(room, C.CORRECTION, bank, reverses=paid.id),
        "correction of nothing": caused(room, C.CORRECTION, bank),
        "by hand, alone": caused(room, C.BY_HAND, bank),
        "recorded by the api": caused(room, C.NONE, bank, flags=F.RECORDED),
    }
    db = await room.schema.connect(role, size=1)
    for name, transfer in tries.items():
        if (role, name) in ALLOWED or (name == "recorded by the api" and role != "customer_api"):
            assert await post(db, transfer) == [S.CREATED], name
        else:
            with pytest.raises((ledger.NotCleared, Exception), match=r"verdict|ledger_warrant"):
                await post(db, transfer)
    await db.close()


async def test_no_cause_beyond_the_list_is_known(room: house.Room) -> None:
    await room.fund(TEN)
    made = caused(room, C.SETTLEMENT, room.cash[ledger.HOUSE, 1].id)
    arguments = (
        "now(), ARRAY[$1::uuid], ARRAY[$2::uuid], ARRAY[$3::uuid], ARRAY[1], ARRAY['10'], NULL, ARRAY[1], ARRAY[0]"
    )
    nothing = ", NULL" * 9
    for cause in (5, 0, -1):
        with pytest.raises(transaction.BrokenCheck, match="ledger_warrant: cause"):
            await room.worker.run(
                "t",
                lambda tx, cause=cause: tx.fetch(
                    f"SELECT ledger_apply({arguments}{nothing}, ARRAY[{cause}])", made.id, made.debit, made.credit
                ),
            )


async def test_a_fee_is_taken_beside_what_was_cleared_from_the_same_account(room: house.Room) -> None:
    await room.fund(TEN)
    operation = room.operation(K.WITHDRAWAL, 100)
    fees = room.cash[UUID(int=3), 1].id

    async def work(tx: transaction.Tx) -> None:
        (verdict,) = await room.clearance.evaluate(tx, [operation], room.now)
        fee = caused(room, C.FEE, fees)
        await posting.post_all(tx, [room.transfer(operation, verdict.id), fee], room.now)

    await room.db.run("t", work)
    assert await room.total() == TEN - 110


# ---- accounts, and the rules alone


async def test_an_account_of_a_customers_kind_has_an_owner_who_is_not_the_house(room: house.Room) -> None:
    for owner in (None, ledger.HOUSE):
        bare = ledger.Account(room.ids.ref(), 1, int(ledger.Kind.CUSTOMER_POSITION), owner=owner)
        with pytest.raises(accounts.OwnerRequired):
            await room.worker.run("t", lambda tx, bare=bare: accounts.open_all(tx, [bare]))
        with pytest.raises(transaction.BrokenCheck, match="ledger_account_customers"):
            await room.worker.run(
                "t",
                lambda tx, bare=bare: tx.execute(
                    "SELECT ledger_open(ARRAY[$1::uuid], ARRAY[1], ARRAY[2], ARRAY[0], ARRAY[$2::uuid], NULL, ARRAY[0],"
                    " ARRAY[0])",
                    bare.id,
                    bare.owner,
                ),
            )


@pytest.mark.parametrize("kind", list(ledger.Kind))
def test_the_reference_asks_for_a_verdict_where_the_kind_is_a_customers(kind: ledger.Kind) -> None:
    books = reference.Books()
    books.create_accounts([ledger.Account(UUID(int=1), 1, int(kind)), ledger.Account(UUID(int=2), 1, 16)])
    asked = ledger.Transfer(UUID(int=3), UUID(int=1), UUID(int=2), 5, 1, 1)
    free = [{"amount": 0}, {"flags": int(F.RECORDED)}, {"verdict": UUID(int=9)}, {"cause": C.FEE}]
    wanted = [asked, *(msgspec.structs.replace(asked, id=UUID(int=10 + n), **each) for n, each in enumerate(free))]
    first = S.VERDICT_REQUIRED if kind in {ledger.Kind.CUSTOMER_CASH, ledger.Kind.CUSTOMER_POSITION} else S.CREATED
    assert books.create_transfers(wanted, house.NOON) == [first, S.CREATED, S.CREATED, S.CREATED, S.CREATED]


def test_a_refusal_of_the_ledger_is_a_refusal() -> None:
    assert issubclass(ledger.NotCleared, errors.Forbidden)


PROPOSED = """
INSERT INTO access_proposal (hash, nonce, payload, needs, proposer, proposed_at, expires_at, state, decided_by, decided_at)
VALUES ($1, $2, $3, 'wallet.manage', $4, now(), now() + interval '1 day', $5, $6, now())"""
ONE, TWO = UUID(int=0xA1), UUID(int=0xA2)


@pytest.mark.parametrize(
    "state, second, names, posted",
    [
        ("executed", TWO, True, True),
        ("executed", ONE, True, False),
        ("open", TWO, True, False),
        ("rejected", TWO, True, False),
        ("executed", TWO, False, False),
    ],
)
async def test_by_hand_the_transaction_ends_only_with_two_people_who_saw_the_transfer(
    room: house.Room, state: str, second: UUID, names: bool, posted: bool
) -> None:
    await room.fund(TEN)
    made = caused(room, C.BY_HAND, room.cash[ledger.HOUSE, 1].id)
    payload = b"\x01" + (made.id if names else UUID(int=9)).bytes

    async def work(tx: transaction.Tx) -> None:
        await posting.post_all(tx, [made], house.NOON)
        await tx.execute(PROPOSED, bytes(32), UUID(int=1), payload, ONE, state, second)

    if posted:
        await room.db.run("t", work)
    else:
        with pytest.raises(transaction.BrokenCheck, match="one person"):
            await room.db.run("t", work)
    assert await room.total() == (TEN - 10 if posted else TEN)


async def test_a_decision_of_an_earlier_transaction_is_no_decision_about_this(room: house.Room) -> None:
    await room.fund(TEN)
    made = caused(room, C.BY_HAND, room.cash[ledger.HOUSE, 1].id)
    arguments = (bytes(32), UUID(int=1), made.id.bytes, ONE, "executed", TWO)
    await room.db.run("t", lambda tx: tx.execute(PROPOSED, *arguments))
    with pytest.raises(transaction.BrokenCheck, match="one person"):
        await room.db.run("t", lambda tx: posting.post_all(tx, [made], house.NOON))
