"""When a list changes, whoever the change may mean is screened again, and nobody else."""

import asyncio
import signal
import sys
from uuid import UUID

import msgspec
import pytest

from customer_stack.screening import model
from customer_stack.screening.lists import inventing
from customer_stack.screening.matchers import v1, v1_tokens
from customer_stack.screening.model import entries, people
from customer_stack.screening.repo import rescreens
from customer_stack.screening.rules import changes, standing
from customer_stack.screening.service import hits, matching, rescreening
from tests.customer.screening import rescreening_process, samples
from tests.customer.screening.conftest import TILDA, Desk

S, FTM = people.State, model.Publisher.FTM


def peps(*lines: str, day: int = 28) -> tuple[model.ListFile, ...]:
    more = "".join(
        f'{{"id":"T-{number}","schema":"Person","properties":{{"name":["{name}"],"topics":["sanction"]}}}}\n'
        for number, name in enumerate(lines)
    )
    data = samples.FTM.replace(b"2026-02-27", f"2026-02-{day}".encode())
    return (model.ListFile("peps.json", data + more.encode()),)


async def decided(desk: Desk) -> list[UUID]:
    rows = await desk.rows("SELECT subject FROM screening_decision WHERE trigger = 'delta' ORDER BY id")
    return [row["subject"] for row in rows]


async def test_a_new_entry_finds_whom_it_means_and_nobody_else(desk: Desk) -> None:
    await desk.follow()
    listed, other = await desk.screen(TILDA), await desk.screen(model.Person(names=("Amara Perera",)))
    await desk.load(peps("Tylda Sample"), FTM)
    assert await desk.state(listed.subject) is S.CLEAR
    await desk.follow()
    assert await desk.state(listed.subject) is S.REVIEW
    assert await desk.state(other.subject) is S.CLEAR
    assert await decided(desk) == [listed.subject]
    assert desk.cases.opened["screening", listed.subject]
    entry = (await desk.entries(entries.Rescreened))[-1]
    assert (entry.publisher, entry.compared, entry.decided) == (FTM, 2, 1)


async def test_an_entry_that_left_the_list_takes_its_open_hits_with_it_and_leaves_matches_to_people(desk: Desk) -> None:
    await desk.load(peps("Tilda Sample", "Amara Perera"), FTM)
    await desk.ready()
    await desk.follow()
    open_, matched = await desk.screen(TILDA), await desk.screen(model.Person(names=("Amara Perera",)))
    [hit] = await desk.db.read("t", lambda tx: hits.of(tx, matched.subject))
    await desk.db.run(
        "t", lambda tx: hits.decide(tx, desk.screening, open_.subject, hit.id, people.Verdict.TRUE_MATCH, "")
    )
    smaller = desk.with_policy(list_share_min=1)
    await smaller.load(peps(), FTM)
    await smaller.follow()
    assert await desk.state(open_.subject) is S.CLEAR
    assert await desk.state(matched.subject) is S.REVIEW
    assert len((await desk.entries(entries.HitsClosed))[0].hits) == 1
    assert (await desk.entries(entries.HitsReopened))[0].cause is people.Cause.DELISTED
    [hit] = await desk.db.read("t", lambda tx: hits.of(tx, matched.subject))
    assert (hit.state, hit.cause) == (people.HitState.OPEN, people.Cause.DELISTED)
    assert (await desk.screen(model.Person(names=("Amara Perera",)), matched.subject)).state is S.REVIEW


async def test_an_entry_whose_name_changed_lets_go_of_whom_it_meant(desk: Desk) -> None:
    await desk.load(peps("Tilda Sample"), FTM)
    await desk.ready()
    await desk.follow()
    found = await desk.screen(TILDA)
    assert found.state is S.REVIEW
    await desk.load(peps("Quite Different"), FTM)
    await desk.follow()
    assert await desk.state(found.subject) is S.CLEAR


async def test_whoever_is_killed_goes_on_where_they_were(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.follow()
    subjects = [(await desk.screen(TILDA)).subject for _ in range(7)]
    await desk.load(peps("Tilda Sample"), FTM)
    monkeypatch.setattr(rescreening, "CHUNK", 2)
    advance = rescreens.advance
    left = [2]

    async def dies(*args: object) -> bool:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return await advance(*args)  # type: ignore[arg-type]  # what came is handed on

    monkeypatch.setattr(rescreens, "advance", dies)
    with pytest.raises(KeyboardInterrupt):
        await desk.follow()
    monkeypatch.setattr(rescreens, "advance", advance)
    [open_] = [each for each in await desk.db.read("t", lambda tx: rescreens.newest(tx, 9)) if not each.finished_at]
    assert (open_.compared, open_.reached) == (4, sorted(subjects)[3])
    await desk.follow()
    assert {await desk.state(each) for each in subjects} == {S.REVIEW}
    done = await decided(desk)
    assert set(done) == set(subjects)
    assert len(done) <= len(subjects) + 2  # the chunk that was not noted is done again, and no other


@pytest.mark.faults
@pytest.mark.parametrize("chunks", [1, 2, 3])
async def test_a_process_that_is_killed_is_followed_by_another(desk: Desk, chunks: int) -> None:
    """SIGKILL between two chunks of a process that compares; whoever comes next begins where it noted that it was."""
    await desk.follow()
    subjects = [(await desk.screen(TILDA)).subject for _ in range(9)]
    await desk.load(peps("Tilda Sample"), FTM)
    pipe = asyncio.subprocess.PIPE
    call = [sys.executable, "-m", rescreening_process.__name__, desk.schema.url("customer_worker"), "2"]
    child = await asyncio.create_subprocess_exec(*call, stdin=pipe, stdout=pipe)
    assert child.stdin is not None
    assert child.stdout is not None
    for number in range(chunks):
        assert await child.stdout.readline() == b"2\n"
        if number < chunks - 1:
            child.stdin.write(b"\n")
    child.send_signal(signal.SIGKILL)
    await child.wait()
    newest = (await desk.db.read("t", lambda tx: rescreens.newest(tx, 1)))[0]
    assert (newest.compared, newest.finished_at) == (2 * chunks, None)
    await desk.follow()
    assert {await desk.state(each) for each in subjects} == {S.REVIEW}
    assert sorted(await decided(desk)) == sorted(subjects)


async def test_two_workers_at_once_do_the_work_and_note_it_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.follow()
    subjects = [(await desk.screen(TILDA)).subject for _ in range(6)]
    monkeypatch.setattr(rescreening, "CHUNK", 2)
    await desk.load(peps("Tilda Sample"), FTM)
    await asyncio.gather(desk.follow(), desk.follow())
    assert {await desk.state(each) for each in subjects} == {S.REVIEW}
    newest = (await desk.db.read("t", lambda tx: rescreens.newest(tx, 1)))[0]
    assert (newest.compared, newest.finished_at is not None) == (6, True)
    assert len([each for each in await desk.entries(entries.Rescreened) if each.rescreen == newest.id]) == 1


async def test_nobody_slips_between_a_decision_and_a_new_list(desk: Desk) -> None:
    """Forty are screened while the list that means them is taken into use, and the old index still answers some."""
    await desk.follow()

    async def later(number: int) -> UUID:
        await asyncio.sleep(number * 0.004)
        return (await desk.screen(TILDA)).subject

    *subjects, _ = await asyncio.gather(*(later(number) for number in range(40)), desk.load(peps("Tilda Sample"), FTM))
    await desk.follow()
    await rescreening.complete(desk.db, desk.screening)
    assert {await desk.state(each) for each in subjects} == {S.REVIEW}


async def test_a_profile_that_changes_during_a_rescreen_is_not_undone(desk: Desk) -> None:
    await desk.follow()
    subjects = [(await desk.screen(TILDA)).subject for _ in range(10)]
    await desk.load(peps("Tilda Sample"), FTM)
    await desk.ready()
    other = model.Person(names=("Amara Perera",))
    await asyncio.gather(
        desk.follow(), *(desk.screen(other, each, trigger=people.Trigger.PROFILE) for each in subjects)
    )
    assert {await desk.state(each) for each in subjects} == {S.CLEAR}


async def test_a_run_that_has_no_time_left_says_so(desk: Desk) -> None:
    await desk.follow()
    await desk.screen(TILDA)
    await desk.load(peps("Tilda Sample"), FTM)
    assert await rescreening.follow(desk.db, desk.screening, seconds_max=-1) is True
    assert await desk.follow() is False


async def test_beneficiaries_of_one_owner_are_compared_one_by_one(desk: Desk) -> None:
    await desk.follow()
    owner = await desk.account()
    more = {"kind": people.SubjectKind.BENEFICIARY, "owner": owner, "trigger": people.Trigger.BENEFICIARY}
    found = [await desk.screen(TILDA, desk.random.ref(), **more) for _ in range(3)]
    await desk.load(peps("Tilda Sample"), FTM)
    await desk.follow()
    assert {await desk.state(each.subject) for each in found} == {S.REVIEW}


# ---- the sieve


def blind(key: str) -> bytes:
    return key.encode().ljust(32, b"\0")[-32:] if len(key) < 4 else changes.digest(_entity(key))


def _entity(name: str) -> model.Entity:
    return model.Entity("1", model.Kind.PERSON, (model.Alias(name),))


@pytest.mark.parametrize(
    "listed, name, kind",
    [
        ("MISBAHI, Harun", "Haroun Misbahy", "person"),
        ("MISBAHI, Harun", "H. Misbahi", "person"),
        ("MISBAHI, Harun", "هارون المصباحي", "person"),
        ("MISBAHI, Harun", "Misbahi", "person"),
        ("LANTERN STAR", "LanternStar", "person"),
        ("Mohammad Ali Hassan", "Muhammed Aly Hasan", "person"),
        ("Lantern Oil Trading Ltd", "Lantern Oil Trading Limited Liability Co.", "organisation"),
    ],
)
def test_whoever_is_alike_passes_the_sieve(listed: str, name: str, kind: str) -> None:
    entity = msgspec.structs.replace(_entity(listed), kind=model.Kind(kind))
    sieve = v1_tokens.sieve([entity], blind)
    assert v1_tokens.reached(sieve, v1_tokens.of_person(model.Person(names=(name,), kind=model.Kind(kind)), blind))


def test_a_stranger_and_an_erased_subject_do_not_pass() -> None:
    sieve = v1_tokens.sieve([_entity("MISBAHI, Harun")], blind)
    for person in (TILDA, model.Person(names=("Harun Perera",))):
        assert not v1_tokens.reached(sieve, v1_tokens.of_person(person, blind))
    for tokens in (b"", b"\x02", bytes(range(32))):
        assert not v1_tokens.reached(sieve, tokens)


def test_the_same_document_passes_under_any_name() -> None:
    entity = msgspec.structs.replace(_entity("MISBAHI, Harun"), identifiers=(model.Identifier("S0001234"),))
    person = msgspec.structs.replace(TILDA, documents=(model.Document("passport", "s-000 1234"),))
    assert v1_tokens.reached(v1_tokens.sieve([entity], blind), v1_tokens.of_person(person, blind))


def test_many_entries_sift_as_each_of_them_does_alone() -> None:
    """Names are counted in blocks of bits: where one ends must not matter."""
    found = next(each for each in matching.read_lists(inventing.files(1, 120)) if each.version.publisher == "un")
    alone, first = [], 0
    for entity in found.entities:
        alone.append((first, v1_tokens.sieve([entity], blind)))
        first += len(entity.names)
    together = v1_tokens.sieve(found.entities, blind)
    assert first == len(together.words) > 256
    met = 0
    for query in matching.sample([found], 60):
        tokens = v1_tokens.of_person(model.Person(names=(query.name,), kind=model.Kind.UNKNOWN), blind)
        expected = {start + name for start, sieve in alone for name in v1_tokens.reached(sieve, tokens)}
        assert v1_tokens.reached(together, tokens) == expected
        met += max(expected, default=0) >= 256
    assert met


def test_the_sieve_loses_nobody_whom_the_matcher_would_find() -> None:
    """Of invented names, spelt otherwise too, against a hundred entries."""
    found = next(each for each in matching.read_lists(inventing.files(1, 100)) if each.version.publisher == "un")
    changed = msgspec.structs.replace(found, entities=found.entities)
    prepared, sieve = v1.prepare([changed]), v1_tokens.sieve(changed.entities, blind)
    lost, alike, passed = [], 0, 0
    for query in matching.sample([changed], 450):
        person = model.Person(names=(query.name,), kind=model.Kind.UNKNOWN)
        names = v1_tokens.reached(sieve, v1_tokens.of_person(person, blind))
        [asked] = standing.queries(person)
        meant = v1.decide(prepared, asked, threshold=700_000, limit=1).candidates
        alike, passed = alike + bool(meant), passed + bool(names)
        if meant and not v1_tokens.meant(prepared, names, [asked], 700_000):
            lost.append((query.name, meant[0].name, meant[0].score))
    assert alike > 200
    assert lost == []
    assert passed < 450
