"""Our side of a wallet: what its holder is shown, what is sent, and what the execution stack registered."""

import pytest

from boundary.kernel import clock, errors
from boundary.wire import frame, messages, to_customer, to_execution, words
from customer_stack.gate import model
from customer_stack.gate.service import wallets
from tests.customer.gate.house import NOW, Side

pytestmark = pytest.mark.asyncio(loop_scope="module")
ADDRESS = bytes(range(20))
SIGNATURE = bytes(range(64)) + b"\x1b"


def last_said(body: bytes) -> messages.Message:
    return messages.decode_body(body, frame.Direction.TO_EXECUTION)[-1]


async def test_a_challenge_is_sent_back_as_the_message_that_it_is_about(side: Side) -> None:
    reference, subject = side.house.ids.ref(), side.house.ids.ref()
    put = wallets.challenge(side.channel, reference, ADDRESS, NOW)
    await side.house.run(lambda tx: wallets.register(tx, put, SIGNATURE, subject))
    core = await side.sent()
    at = clock.to_micros(NOW) // 1_000_000
    said = last_said(core.body)
    assert said == to_execution.RegisterWallet(reference, ADDRESS, at, SIGNATURE)
    assert messages.statement_hash(said, side.channel).hex() in put.text()
    assert str(reference) not in put.text()
    name = to_customer.values.MessageName(core.epoch, core.sequence, 0)
    await side.hear(
        to_customer.MessageApplied(name), to_customer.WalletRegistered(reference, ADDRESS, words.WalletKind.OWN)
    )
    assert await side.outcomes([subject]) == [("applied", None)]
    found = await side.house.run(lambda tx: wallets.of(tx, side.channel, reference))
    assert found == [model.Wallet(reference, ADDRESS, model.WalletKind.OWN)]


async def test_custody_is_asked_for_and_heard_of_twice_kept_once(side: Side) -> None:
    reference, address = side.house.ids.ref(), side.house.ids.token(20)
    await side.house.run(lambda tx: wallets.request_custody(tx, side.channel, reference, side.house.ids.ref()))
    core = await side.sent()
    assert last_said(core.body) == to_execution.RequestCustodyWallet(reference)
    registered = to_customer.WalletRegistered(reference, address, words.WalletKind.CUSTODY)
    await side.hear(registered)
    await side.hear(registered)
    found = await side.house.run(lambda tx: wallets.of(tx, side.channel, reference))
    assert found == [model.Wallet(reference, address, model.WalletKind.CUSTODY)]


@pytest.mark.parametrize("recovery, crosses", [(0, 27), (1, 28), (27, 27), (28, 28), (35, 35)])
async def test_a_recovery_number_of_older_wallets_is_brought_into_the_form_that_crosses(
    side: Side, recovery: int, crosses: int
) -> None:
    put = wallets.challenge(side.channel, side.house.ids.ref(), ADDRESS, NOW)
    assert put.answered(SIGNATURE[:64] + bytes([recovery])).proof[64] == crosses


@pytest.mark.parametrize("signature", [b"", SIGNATURE[:64], SIGNATURE + b"\0"])
async def test_what_is_no_signature_is_refused_here(side: Side, signature: bytes) -> None:
    put = wallets.challenge(side.channel, side.house.ids.ref(), ADDRESS, NOW)
    with pytest.raises(wallets.BadSignature) as refused:
        put.answered(signature)
    assert refused.value.code == "wallet_signature_malformed"


async def test_an_address_has_twenty_bytes(side: Side) -> None:
    with pytest.raises(errors.Invalid):
        wallets.challenge(side.channel, side.house.ids.ref(), ADDRESS[1:], NOW)
