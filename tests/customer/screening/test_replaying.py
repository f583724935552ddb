"""A decision is made again to the same bytes, from what it kept; and matcher v1 says what it always said."""

import hashlib
import json
import os
import pathlib
import zlib
from typing import Any

import msgspec
import pytest

from boundary.kernel import canonical
from customer_stack.screening import model
from customer_stack.screening.matchers import known, v1
from customer_stack.screening.model import entries, people
from customer_stack.screening.service import decisions, replaying
from tests.customer.screening import conftest, corpus, samples
from tests.customer.screening.conftest import HARUN, TILDA, Desk

GOLDEN = pathlib.Path(__file__).with_name("golden") / "v1.json"


async def replayed(desk: Desk, decision: decisions.Decision) -> replaying.Replayed:
    return await replaying.replay(desk.db, desk.screening, decision.id)


@pytest.mark.parametrize(
    "person",
    [
        HARUN,
        TILDA,
        model.Person(names=("هارون المصباحي", "Haroun"), documents=(model.Document("passport", "S-000 1234", "sy"),)),
        model.Person(names=("Lantern Oil Trading Limited",), kind=model.Kind.ORGANISATION, countries=("IR",)),
    ],
)
async def test_the_same_bytes_even_after_lists_and_thresholds_changed(desk: Desk, person: model.Person) -> None:
    decision = await desk.screen(person)
    data = samples.FTM.replace(b"2026-02-27", b"2026-02-28").replace(b"Harun Misbahi", b"Other Name")
    await desk.load((model.ListFile("peps.json", data),), model.Publisher.FTM)
    await desk.ready()
    later = desk.with_policy(review=900_000, strong=990_000, limit=1)
    found = await replayed(later, decision)
    assert (found.same, found.same_but_libraries, found.untouched) == (True, True, True)
    assert found.libraries == {}
    assert found.digest == found.stored.digest


async def test_a_newer_library_is_named_and_the_answer_still_compared(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = await desk.screen(HARUN)
    newer = dict(v1.LIBRARIES) | {"rapidfuzz": "99.0"}
    monkeypatch.setattr(v1, "LIBRARIES", newer)
    monkeypatch.setattr(known, "BY_NAME", {"v1": known.BY_NAME["v1"]._replace(libraries=newer)})
    found = await replayed(desk, decision)
    assert (found.same, found.same_but_libraries) == (False, True)
    assert found.libraries == {"rapidfuzz": (found.stored.libraries["rapidfuzz"], "99.0")}


async def test_a_matcher_that_says_something_else_is_found_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    decision = await desk.screen(HARUN)
    monkeypatch.setattr(v1.v1_features, "BORN_SAME", 10_000)
    found = await replayed(desk, decision)
    assert (found.same, found.same_but_libraries, found.untouched) == (False, False, True)


async def test_a_stored_answer_that_was_exchanged_is_found_out(desk: Desk) -> None:
    decision = await desk.screen(HARUN)
    forged = zlib.compress(canonical.pack(people.Answer(())))
    vault: Any = desk.screening.vault
    sealed = await desk.db.run("t", lambda tx: vault.seal(tx, decision.subject, {decisions.ANSWER: forged}))
    await desk.superuser.execute(
        "UPDATE screening_decision SET answer = $2 WHERE id = $1", decision.id, sealed[decisions.ANSWER]
    )
    found = await replayed(desk, decision)
    assert (found.same, found.untouched) == (False, False)


async def test_what_had_no_answer_or_is_not_there_cannot_be_replayed(empty: Desk) -> None:
    decision = await empty.screen(TILDA)
    with pytest.raises(people.NoAnswer):
        await replayed(empty, decision)
    with pytest.raises(people.UnknownDecision):
        await replaying.replay(empty.db, empty.screening, empty.random.ref())


async def test_who_reads_a_decision_in_clear_is_on_record(desk: Desk) -> None:
    decision, officer = await desk.screen(HARUN), desk.random.ref()
    found = await desk.db.run("t", lambda tx: replaying.read(tx, desk.screening, decision.id, officer))
    assert found.person == HARUN
    assert found.answer is not None
    candidates = found.answer.decisions[0].candidates
    assert {each.ref for each in candidates} >= {"101"}
    assert all(each.features for each in candidates)
    assert await desk.entries(entries.DecisionRead) == [entries.DecisionRead(decision.id, officer)]


async def test_all_that_an_answer_needs_is_kept(desk: Desk) -> None:
    decision = await desk.screen(HARUN)
    found = await desk.db.read("t", lambda tx: replaying.opened(tx, desk.screening, decision.id))
    stored = found.stored
    assert (stored.matcher, stored.libraries) == ("v1", dict(v1.LIBRARIES))
    assert len(stored.lists) == 2
    assert (stored.review, stored.strong, stored.count) == (700_000, 950_000, 10)
    assert stored.commitment == desk.screening.vault.commitment("screening.person", msgspec.json.encode(HARUN))


def test_matcher_v1_says_what_it_always_said() -> None:
    """Never regenerate this for v1: a matcher that says something else is a new one, beside it. With other versions of
    its libraries than those noted, a difference is the libraries'.
    """
    found = {
        "libraries": dict(v1.LIBRARIES),
        "answers": {name: hashlib.sha256(answer).hexdigest() for name, answer in corpus.answers()},
    }
    if os.environ.get("FREEZE_MATCHER_V1"):
        GOLDEN.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    golden = json.loads(GOLDEN.read_text("utf-8"))
    differing = [name for name, digest in golden["answers"].items() if found["answers"].get(name) != digest]
    assert differing == [], f"libraries then {golden['libraries']}, now {found['libraries']}"
    assert len(found["answers"]) == len(golden["answers"])


def test_every_matcher_is_known_by_its_own_name() -> None:
    assert set(known.BY_NAME) == {"v1"}
    assert known.CURRENT in known.BY_NAME
    assert conftest.POLICY.review > 0
