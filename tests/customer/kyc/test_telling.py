"""What customers are told of their application: each change once, and never why."""

import json
from importlib import resources
from typing import Any

import pytest

from customer_stack.kyc import model
from customer_stack.kyc.adapters import telling as adapter
from customer_stack.kyc.rules import telling
from customer_stack.notifications.service import notices
from tests.customer.kyc import house as houses
from tests.customer.kyc.test_hooks import Bench, bench

__all__ = ["bench"]
S, N = model.State, model.Notice


@pytest.mark.parametrize(
    "state, said",
    [
        (S.DRAFT, None), (S.PENDING, None), (S.VERIFIED, None), (S.IN_REVIEW, N.CHECKING), (S.APPROVED, N.APPROVED),
        (S.RETURNED, N.RETURNED), (S.REJECTED, N.REJECTED), (S.ABANDONED, None), (S.EXPIRED, N.EXPIRED),
    ],
)  # fmt: skip
def test_what_is_said_of_a_state(state: model.State, said: model.Notice | None) -> None:
    assert telling.notice(state, frozen=False) is said
    assert telling.notice(state, frozen=True) is (N.CHECKING if state is S.REJECTED else said)


async def test_each_decision_is_told_once_and_in_its_transaction(house: houses.House) -> None:
    customer, officer = await house.customer(), await house.officer()
    application = await house.in_review(customer)
    assert house.teller.said == [(customer.account, "checking")]
    assert (await house.decided(officer, application, "return", customer_text="The back, please.")).status == 200
    await customer.submits(application)
    await house.work()
    assert (await house.decided(officer, application)).status == 200
    assert [said for _, said in house.teller.said] == ["checking", "returned", "checking", "approved"]


async def test_who_is_frozen_reads_what_everybody_reads_whose_papers_are_looked_at(bench: Bench) -> None:
    customer, application = await bench.approved()
    await bench.house.work()
    bench.house.teller.said.clear()
    assert await bench.hear(bench.red(application)) == [200]
    assert await bench.hear(bench.red(application)) == [200], "told again by the vendor"
    assert bench.house.teller.said == [(customer.account, "checking")]
    shown = await customer.shown(application)
    assert (shown["state"], shown["message"]) == ("in_review", "")
    [whole] = (await customer.get("/api/v1/kyc/applications")).json
    assert whole == shown
    row = await bench.house.rows("SELECT state::text FROM kyc_application")
    assert [each[0] for each in row] == ["rejected"], "officers see what it is"


@pytest.mark.parametrize("language", ["en", "si", "ta", "ar"])
def test_every_notice_has_words_and_none_gives_a_reason(language: str) -> None:
    written = resources.files("customer_stack.notifications").joinpath("templates", f"{language}.json").read_bytes()
    words = json.loads(written)["kinds"]
    for kind in adapter.KINDS.values():
        said = words[kind.value]
        whole = json.dumps(said, ensure_ascii=False).lower()
        assert said["subject"], kind
        assert said["body"], kind
        assert "{brand}" in whole, kind
        for word in ("sanction", "fraud", "suspicio", "launder", "watchlist", "frozen", "freeze", "police"):
            assert word not in whole, (kind, word)


class Post:
    """The post office, as far as the teller needs one."""

    def __init__(self) -> None:
        self.sent: list[tuple[Any, ...]] = []

    async def notify(self, *given: Any) -> None:
        self.sent.append(given[1:])


async def test_the_level_is_all_that_a_notice_says(house: houses.House) -> None:
    post: Any = Post()
    assert hasattr(notices.Post, "notify")
    customer = await house.customer()
    teller = adapter.Teller(post)
    for notice in N:
        await house.run(lambda tx, said=notice: teller.told(tx, customer.account, said, 2))
    assert [facts for *_, facts in post.sent] == [{"level": "2"} if each is N.APPROVED else {} for each in N]
