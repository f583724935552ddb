"""How `kyc` and `payments` come to screening: in their own words, and sealed under the key of whom it concerns."""

import pytest

from customer_stack import neighbours
from customer_stack.kyc import model as onboarding
from customer_stack.payments.model import beneficiaries
from customer_stack.vault import model as vault_model
from tests.customer.screening.conftest import Desk

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
