"""A bank that exchanges files, as a process of somebody else's would: the adapter and the stand-in share no code."""

from pathlib import Path

import aiohttp

from customer_stack.payments.model.hooks import Seen
from customer_stack.payments.service import hearing
from customer_stack.payments.simulators.bank import server
from tests.customer.payments import test_deposits
from tests.customer.payments.conftest import LKR, WEBHOOK_SECRET, House


async def test_a_bank_tells_of_a_credit_makes_a_payment_and_states_both(house: House) -> None:
    house.pay = house.pay._replace(policy=house.pay.policy.__class__(country="LK", approval_above={"LKR": 10**12}))
    bank = server.Server(house.folder, secret=WEBHOOK_SECRET, time=house.time)
    await bank.start()
    one = await house.customer(LKR)
    text = await test_deposits.reference(house, one, "LKR")
    async with aiohttp.ClientSession() as session:
        sent = {"currency": "LKR", "amount": "250.00", "text": f"for {text}", "payer": "Grace Example"}
        assert (await session.post(f"http://127.0.0.1:{bank.port}/credits", json=sent)).status == 201
    headers, body = bank.webhook(bank.lines[0])
    assert await hearing.hear(house.db, house.pay, "bank", headers, body) == Seen.APPLIED
    assert await house.balance(one, LKR) == (1_250_00, 0)
    payee = await house.beneficiary(one, "LKR", "LK", lk_account="7056-001-1234567890")
    made = await house.withdraw(one, payee, "500.00")
    await house.send(made.id)
    bank.collect()
    assert [each.name for each in (house.folder / "done").iterdir()] == [f"{made.id.hex}.xml"]
    found = await test_deposits.taken(house, bank.statement("LKR"))
    assert (found.lines, found.booked, found.suspense) == (2, 0, 0)
    assert (await house.show(made.id)).state.value == "completed"
    assert await house.balance(one, LKR) == (1_250_00 - 500_00 - 25_00, 0)
    await bank.stop()
    await house.verified()


def test_a_file_that_is_no_payment_is_refused(tmp_path: Path) -> None:
    bank = server.Server(tmp_path)
    for name in ("outbox", "done", "refused"):
        (tmp_path / name).mkdir()
    for name, data in (("a", b"<Document>"), ("b", b"<Document/>"), ("c", b"\0")):
        (tmp_path / "outbox" / f"{name}.xml").write_bytes(data)
    bank.collect()
    assert (sorted(each.name for each in (tmp_path / "refused").iterdir()), bank.lines) == (
        ["a.xml", "b.xml", "c.xml"],
        [],
    )
