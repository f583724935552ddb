"""Wallets across the wall: what is proven is registered, once; whatever else is claimed is refused with its reason."""

import asyncio
import itertools
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from boundary.kernel import clock
from boundary.kernel.runtime import transaction
from boundary.wire import messages, to_customer, to_execution, wallets, words
from execution_stack.gate.service import wallet_effects
from execution_stack.wallets import jobs as wallet_jobs
from execution_stack.wallets import model, service
from execution_stack.wallets.adapters import keystore
from execution_stack.wallets.rules import claims as rules
from tests.execution.gate.house import NOW, House, Wire, added, codes
from tests.execution.wallets import signing

pytestmark = pytest.mark.asyncio(loop_scope="module")
R = words.RefusalCode
AT = clock.to_micros(NOW) // 1_000_000
_numbers = itertools.count(1)
APPLIED, REGISTERED = to_customer.MessageApplied, to_customer.WalletRegistered
VAULT = keystore.Keystore(bytes(range(32)))


def holders(count: int) -> list[signing.Holder]:
    """Whom no other test has registered."""
    return [signing.holder(next(_numbers)) for _ in range(count)]


async def test_a_proven_wallet_is_registered_and_the_customer_stack_hears_of_it(wire: Wire, house: House) -> None:
    (who,), (holder,) = await wire.participants(), holders(1)
    before, entry = await house.contents(), await house.last_entry()
    said = holder.registers(wire.end.channel, who, AT)
    outcomes = await wire.say(said)
    assert codes(outcomes) == [APPLIED, REGISTERED]
    assert outcomes[1] == REGISTERED(who, holder.address, words.WalletKind.OWN)
    assert added(before, await house.contents())["wallet"] == 1
    row = await house.superuser.fetchrow("SELECT * FROM wallet WHERE address = $1", holder.address)
    assert (row["participant"], row["kind"], row["proof"]) == (who, "own", said.proof)
    assert row["statement"] == messages.statement_hash(said, wire.end.channel)
    (written,) = [each for each in await house.entries(entry) if isinstance(each, model.WalletsRegistered)]
    assert (written.channel, written.count) == (wire.end.channel, 1)


async def test_what_a_holder_reads_names_address_and_time_and_not_the_participant(wire: Wire) -> None:
    (who,), (holder,) = await wire.participants(), holders(1)
    text = wallets.text(holder.registers(wire.end.channel, who, AT), wire.end.channel).decode()
    assert text.splitlines()[:4] == [
        "I hold this wallet and register it for settlement.",
        "",
        f"Address: 0x{holder.address.hex()}",
        "Signed at: 2026-05-04T12:00:00Z",
    ]
    assert who.hex not in text.replace("-", "")
    assert str(who) not in text


Claim = Callable[[uuid.UUID, uuid.UUID, uuid.UUID, signing.Holder], to_execution.RegisterWallet]


def bent(**changes: Callable[[to_execution.RegisterWallet], Any]) -> Claim:
    """A good claim with one field changed after it was signed."""

    def claim(channel: uuid.UUID, who: uuid.UUID, _other: uuid.UUID, by: signing.Holder) -> to_execution.RegisterWallet:
        said = by.registers(channel, who, AT)
        return msgspec.structs.replace(said, **{name: change(said) for name, change in changes.items()})

    return claim


CLAIMS: dict[str, Claim] = {
    "signed for another channel": lambda channel, who, other, by: by.registers(other, who, AT),
    "signed for another participant": lambda channel, who, other, by: msgspec.structs.replace(
        by.registers(channel, other, AT), participant=who
    ),
    "signed for another time": bent(signed_at=lambda said: said.signed_at - 1),
    "another address": bent(address=lambda said: bytes(20)),
    "a mirrored signature": bent(proof=lambda said: signing.mirrored(said.proof)),
    "recovery number 0": bent(proof=lambda said: said.proof[:64] + bytes([said.proof[64] - 27])),
    "a flipped bit": bent(proof=lambda said: bytes([said.proof[0] ^ 1]) + said.proof[1:]),
    "zeros": bent(proof=lambda said: bytes(65)),
}


@pytest.mark.parametrize("name", CLAIMS)
async def test_a_claim_that_its_address_did_not_sign_is_refused_and_leaves_nothing(
    wire: Wire, house: House, name: str
) -> None:
    (who, other), (holder,) = await wire.participants(2), holders(1)
    before = await house.superuser.fetchval("SELECT count(*) FROM wallet")
    assert codes(await wire.say(CLAIMS[name](wire.end.channel, who, other, holder))) == [R.PROOF_INVALID]
    assert await house.superuser.fetchval("SELECT count(*) FROM wallet") == before


@pytest.mark.parametrize(
    "seconds, code",
    [
        (-rules.PROOF_SECONDS_MAX, APPLIED),
        (-rules.PROOF_SECONDS_MAX - 1, R.OUTSIDE_WINDOW),
        (rules.AHEAD_SECONDS_MAX, APPLIED),
        (rules.AHEAD_SECONDS_MAX + 1, R.OUTSIDE_WINDOW),
    ],
)
async def test_a_proof_is_good_for_a_quarter_of_an_hour(wire: Wire, seconds: int, code: Any) -> None:
    (who,), (holder,) = await wire.participants(), holders(1)
    said = holder.registers(wire.end.channel, who, AT + seconds)
    assert codes(await wire.say(said))[0] == code


async def test_only_an_active_participant_of_this_very_channel_has_wallets(house: House) -> None:
    wire = await house.admitted(2)
    channel = wire.end.channel
    issued = await wire.say(to_execution.ReserveRefs(1))
    assert isinstance(issued[0], to_customer.RefsIssued)
    (elsewhere,) = await wire.participants(1, wire.ends[1])
    frozen, closed = await wire.participants(2)
    level, category = words.Level.ONE, words.Category.RETAIL
    await wire.say(
        to_execution.SetParticipantStatus(frozen, words.ParticipantStatus.FROZEN, level, category),
        to_execution.SetParticipantStatus(closed, words.ParticipantStatus.CLOSED, level, category),
    )
    who = [issued[0].refs[0], elsewhere, frozen, closed, house.ids.ref()]
    expected = [R.NOT_ACTIVE, R.UNKNOWN_REF, R.FROZEN, R.CLOSED, R.UNKNOWN_REF]
    claims = [by.registers(channel, each, AT) for each, by in zip(who, holders(5), strict=True)]
    assert codes(await wire.say(*claims)) == expected
    assert codes(await wire.say(*map(to_execution.RequestCustodyWallet, who))) == expected


async def test_an_address_is_registered_once_in_a_core_in_a_channel_and_over_all_channels(house: House) -> None:
    wire = await house.admitted(2)
    (who, other), (elsewhere,) = await wire.participants(2), await wire.participants(1, wire.ends[1])
    (holder,) = holders(1)
    here, there = wire.end.channel, wire.ends[1].channel
    mine = holder.registers(here, who, AT)
    both = await wire.say(mine, holder.registers(here, other, AT))
    assert codes(both) == [APPLIED, R.DUPLICATE, REGISTERED]
    assert codes(await wire.say(mine)) == [R.DUPLICATE], "a statement is used once"
    assert codes(await wire.say(holder.registers(here, who, AT + 1))) == [R.DUPLICATE]
    assert codes(await wire.say(holder.registers(there, elsewhere, AT), end=wire.ends[1])) == [R.DUPLICATE]


async def test_a_participant_has_ten_wallets_of_its_own_and_not_one_more(wire: Wire) -> None:
    (who, other), some = await wire.participants(2), holders(rules.OWN_MAX + 2)
    claims = [by.registers(wire.end.channel, who, AT) for by in some[:-1]]
    outcomes = codes(await wire.say(*claims, some[-1].registers(wire.end.channel, other, AT)))
    assert outcomes[: len(some)] == [APPLIED] * rules.OWN_MAX + [R.TOO_MANY, APPLIED]
    assert outcomes[len(some) :] == [REGISTERED] * (rules.OWN_MAX + 1)
    assert codes(await wire.say(claims[-1])) == [R.TOO_MANY]


async def test_what_follows_a_wallet_in_a_core_keeps_its_own_name(wire: Wire) -> None:
    (who, other), (holder,) = await wire.participants(2), holders(1)
    outcomes = await wire.say(
        holder.registers(wire.end.channel, who, AT),
        to_execution.ActivateRef(other),
        to_execution.RequestCustodyWallet(who),
    )
    assert codes(outcomes) == [APPLIED, REGISTERED, R.ALREADY_ACTIVE, APPLIED]
    assert [each.message.index for each in outcomes if hasattr(each, "message")] == [0, 1, 2]


async def test_of_a_hundred_claims_to_one_address_at_once_one_holds(house: House) -> None:
    wire = await house.admitted()
    who, (holder,) = await wire.participants(100), holders(1)
    channel = wire.end.channel

    def claim(participant: uuid.UUID) -> model.Claim:
        said = holder.registers(channel, participant, AT)
        text, hashed = wallets.text(said, channel), messages.statement_hash(said, channel)
        return model.Claim(participant, said.address, AT, said.proof, text, hashed)

    async def race(participant: uuid.UUID) -> model.Refusal | None:
        (verdict,) = await house.gate.run(
            "test.race", lambda tx: service.register(tx, channel, [claim(participant)], NOW)
        )
        return verdict

    verdicts = await asyncio.gather(*map(race, who))
    assert sorted(map(str, verdicts)) == [str(None)] + [str(model.Refusal.DUPLICATE)] * 99


# --- custody


async def custody(house: House, channel: uuid.UUID, participant: uuid.UUID) -> None:
    """The job, as the worker does it under its own role."""
    worker = await house.schema.connect("execution_worker", size=1)
    maker = wallet_jobs.Maker(VAULT, wallet_effects.Announcer())

    async def work(tx: transaction.Tx) -> None:
        await maker.make(tx, service.MakeCustody(channel, participant))

    await worker.run("test.custody", work)
    await worker.close()


async def test_a_custody_wallet_is_promised_once_made_by_the_worker_and_told(wire: Wire, house: House) -> None:
    (who,) = await wire.participants()
    before = await house.contents()
    assert codes(await wire.say(to_execution.RequestCustodyWallet(who))) == [APPLIED]
    gained = added(before, await house.contents())
    assert (gained["job"], gained.get("wallet")) == (1, None), "the process that faces the network makes no key"
    assert codes(await wire.say(to_execution.RequestCustodyWallet(who))) == [R.DUPLICATE]
    await custody(house, wire.end.channel, who)
    address = VAULT.address(wire.end.channel, who)
    assert await wire.news() == [REGISTERED(who, address, words.WalletKind.CUSTODY)]
    await custody(house, wire.end.channel, who)
    assert await wire.news() == [], "the job done twice makes no second wallet"
    assert codes(await wire.say(to_execution.RequestCustodyWallet(who))) == [R.DUPLICATE]


async def test_who_was_closed_meanwhile_gets_no_custody_wallet_and_who_was_frozen_does(
    wire: Wire, house: House
) -> None:
    closed, frozen = await wire.participants(2)
    await wire.say(to_execution.RequestCustodyWallet(closed), to_execution.RequestCustodyWallet(frozen))
    level, category = words.Level.ONE, words.Category.RETAIL
    await wire.say(
        to_execution.SetParticipantStatus(closed, words.ParticipantStatus.CLOSED, level, category),
        to_execution.SetParticipantStatus(frozen, words.ParticipantStatus.FROZEN, level, category),
    )
    await custody(house, wire.end.channel, closed)
    assert await wire.news() == []
    await custody(house, wire.end.channel, frozen)
    assert codes(await wire.news()) == [REGISTERED]


async def test_a_custody_address_cannot_be_claimed_and_a_taken_one_is_no_custody_address(
    wire: Wire, house: House
) -> None:
    (who, other) = await wire.participants(2)
    key = signing.eth_keys.keys.PrivateKey(VAULT._key(wire.end.channel, who))
    stolen = signing.Holder(key)  # who has our key can sign; then the address is theirs, and ours no more
    assert codes(await wire.say(stolen.registers(wire.end.channel, other, AT))) == [APPLIED, REGISTERED]
    with pytest.raises(model.NoAddress) as refused:
        await custody(house, wire.end.channel, who)
    assert refused.value.code == "custody_address_taken"


async def test_the_proof_window_is_the_one_that_the_capacities_count_on() -> None:
    assert timedelta(seconds=rules.PROOF_SECONDS_MAX) == timedelta(minutes=15)
    assert rules.AHEAD_SECONDS_MAX <= rules.PROOF_SECONDS_MAX
