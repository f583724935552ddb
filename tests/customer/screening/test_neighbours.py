"""How `kyc` and `payments` come to screening: in their own words, and sealed under the key of whom it concerns."""

import pytest

from boundary.kernel import canonical
from customer_stack import neighbours
from customer_stack.kyc import model as onboarding
from customer_stack.payments.model import beneficiaries
from customer_stack.screening.model import people
from customer_stack.screening.service import hits
from customer_stack.vault import model as vault_model
from tests.customer.screening.conftest import HARUN, NOW, TILDA, Desk

PERSON = onboarding.Person(("Amara Sample",), None, ("LK",), ("LK",), (("passport", "N0000001", "LK"),))


@pytest.mark.parametrize("trigger", ["onboarding", "profile_change", "approval"])
async def test_a_customer_is_screened_whatever_kyc_asks_for(empty: Desk, trigger: str) -> None:
    account, ask = await empty.account(), neighbours.Screener(empty.screening)
    found = await empty.db.run("test", lambda tx: ask.screen(tx, account, PERSON, trigger))
    assert found in {onboarding.ScreenState.PENDING, onboarding.ScreenState.ERROR}, "there is no list: nobody passes"


@pytest.mark.parametrize("trigger", ["beneficiary", "counterparty"])
async def test_what_is_kept_of_the_other_side_goes_with_the_account_that_pays(empty: Desk, trigger: str) -> None:
    account, payee, ask = await empty.account(), empty.random.ref(), neighbours.Payees(empty.screening)
    found = await empty.db.run("test", lambda tx: ask.screen(tx, payee, account, "Nimal Sample", ("LK",), trigger))
    assert found is not beneficiaries.Screened.CLEAR
    [row] = await empty.rows("SELECT owner, person, kind::text FROM screening_subject WHERE id = $1", payee)
    assert (row["owner"], row["kind"]) == (account, trigger)
    vault = empty.screening.vault
    sealed = {"screening_subject.person": row["person"]}
    assert await empty.db.run("test", lambda tx: vault.open_bytes(tx, account, sealed))
    await empty.db.run("test", lambda tx: vault.shred(tx, account))  # type: ignore[attr-defined]  # the real vault
    with pytest.raises(vault_model.Unreadable):
        await empty.db.run("test", lambda tx: vault.open_bytes(tx, account, sealed))


async def test_the_file_of_a_customer_has_them_and_whom_they_pay_in_clear_and_as_decided(desk: Desk) -> None:
    account, payee = await desk.account(), desk.random.ref()
    await desk.screen(HARUN, account, owner=account)
    await desk.screen(TILDA, payee, kind=people.SubjectKind.BENEFICIARY, owner=account)
    await desk.screen(TILDA)
    hit = next(each for each in await desk.db.read("t", lambda tx: hits.of(tx, account)) if each.strong)
    for _ in range(2):
        officer = desk.random.ref()
        await desk.db.run(
            "t",
            lambda tx, by=officer: hits.decide(
                tx, desk.screening, by, hit.id, people.Verdict.FALSE_POSITIVE, "passport"
            ),
        )
    keeper = neighbours.ScreeningFile(desk.screening)
    parts = await desk.db.run("t", lambda tx: keeper.records(tx, account, NOW, None))
    assert canonical.json_bytes(parts), "it can be signed"
    by_kind = {each["kind"]: each for each in parts}
    assert (len(parts), by_kind.keys()) == (2, {"account", "beneficiary"})
    [decided] = [each for each in by_kind["account"]["hits"] if each["id"] == str(hit.id)]
    assert (decided["state"], decided["note"]) == ("false_positive", "passport\npassport")
    assert decided["decided_by"] != decided["proposed_by"] != ""
    [decision] = by_kind["account"]["decisions"]
    assert decision["person"]["names"] == ("Harun Misbahi",)
    assert decision["candidates"][0][0]["features"]
    assert by_kind["beneficiary"]["decisions"][0]["person"]["names"] == ("Tilda Sample",)
    await desk.db.run("t", lambda tx: desk.screening.vault.shred(tx, account))  # type: ignore[attr-defined]  # the real vault
    erased = await desk.db.run("t", lambda tx: keeper.records(tx, account, NOW, None))
    assert b"Harun" not in canonical.json_bytes(erased)
