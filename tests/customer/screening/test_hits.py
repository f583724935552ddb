"""What officers decide of hits holds while both sides are as they were, and no longer than it may."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from customer_stack.screening import model
from customer_stack.screening.model import entries, people
from customer_stack.screening.rules import standing as rules
from customer_stack.screening.service import hits
from tests.customer.screening import conftest
from tests.customer.screening.conftest import HARUN, Desk

S, H, V, C = people.State, people.HitState, people.Verdict, people.Cause
FTM = model.Publisher.FTM


async def decide(desk: Desk, hit: people.Hit, verdict: people.Verdict, by: UUID | None = None) -> hits.Decided:
    officer = by or desk.random.ref()
    return await desk.db.run(
        "t", lambda tx: hits.decide(tx, desk.screening, officer, hit.id, verdict, "looked at the passport")
    )


async def let_go(desk: Desk, hit: people.Hit, verdict: people.Verdict = V.FALSE_POSITIVE) -> hits.Decided:
    """By as many officers as it takes."""
    done = await decide(desk, hit, verdict)
    return await decide(desk, hit, verdict) if hit.takes_two else done


async def of(desk: Desk, subject: UUID) -> list[people.Hit]:
    return await desk.db.read("t", lambda tx: hits.of(tx, subject))


async def cleared(desk: Desk, person: model.Person = HARUN) -> UUID:
    """Somebody whose hits are all false."""
    subject = (await desk.screen(person)).subject
    for hit in await of(desk, subject):
        await let_go(desk, hit)
    assert await desk.state(subject) is S.CLEAR
    return subject


async def test_a_false_hit_clears_and_stays_false_at_the_next_screening(desk: Desk) -> None:
    subject = await cleared(desk)
    again = await desk.screen(HARUN, subject)
    assert (again.state, again.hits > 0) == (S.CLEAR, True)
    assert {hit.state for hit in await of(desk, subject)} == {H.FALSE_POSITIVE}


async def test_it_is_open_again_when_the_person_changes(desk: Desk) -> None:
    subject = await cleared(desk)
    other = model.Person(names=("Harun Misbahi",), birth=HARUN.birth, nationalities=("lb",))
    assert (await desk.screen(other, subject)).state is S.BLOCKED
    assert {hit.cause for hit in await of(desk, subject)} == {C.PERSON_CHANGED}


async def test_it_is_open_again_when_the_entry_changes_and_no_other_is(desk: Desk) -> None:
    subject = await cleared(desk)
    changed = tuple(
        model.ListFile(each.name, each.data.replace(b"nationality Syria", b"nationality Lebanon"))
        for each in conftest.OFAC
    )
    await desk.load(changed, model.Publisher.OFAC)
    assert await desk.follow() is False
    causes = {hit.publisher: (hit.state, hit.cause) for hit in await of(desk, subject)}
    assert causes[model.Publisher.OFAC] == (H.OPEN, C.ENTITY_CHANGED)
    assert {state for publisher, (state, _) in causes.items() if publisher is FTM} <= {H.FALSE_POSITIVE}
    assert await desk.state(subject) is S.BLOCKED


async def test_a_verdict_runs_out_at_once_for_whoever_asks_and_in_the_worklist_by_a_job(desk: Desk) -> None:
    subject = await cleared(desk)
    desk.time.advance(timedelta(days=365))
    assert await desk.state(subject) is S.REVIEW
    assert await desk.db.run("t", lambda tx: hits.expire(tx, desk.screening)) > 0
    assert {(hit.state, hit.cause) for hit in await of(desk, subject)} == {(H.OPEN, C.EXPIRED)}
    assert await desk.state(subject) is S.BLOCKED
    assert await desk.db.run("t", lambda tx: hits.expire(tx, desk.screening)) == 0
    [entry] = await desk.entries(entries.HitsReopened)
    assert entry.cause is C.EXPIRED


async def test_a_confirmed_match_blocks_whatever_comes_after(desk: Desk) -> None:
    found = await desk.screen(model.Person(names=("Harun Misbahi",)))
    hit = next(each for each in await of(desk, found.subject) if each.tier is people.Tier.SANCTION)
    assert (await decide(desk, hit, V.TRUE_MATCH)).standing.state is S.BLOCKED
    assert people.Reason.SANCTIONS_MATCH in await desk.reasons(found.subject)
    assert (await desk.screen(conftest.TILDA, found.subject)).state is S.BLOCKED


async def test_a_confirmed_office_holder_is_accepted_after_due_diligence_only(desk: Desk) -> None:
    recent = desk.with_policy(office_ended=timedelta(days=36500))
    subject = (await recent.screen(model.Person(names=("Amal Misbahi",)))).subject
    hit = next(each for each in await of(recent, subject) if each.tier is people.Tier.RCA)
    for other in await of(recent, subject):
        if other.id != hit.id:
            await let_go(recent, other)
    assert (await decide(recent, hit, V.TRUE_MATCH)).standing == people.Standing(
        S.REVIEW, (people.Reason.RELATIVE_ENHANCED_DUE_DILIGENCE,)
    )
    await decide(recent, hit, V.REOPEN)
    assert (await decide(recent, hit, V.ACCEPT)).standing.state is S.REVIEW, "somebody had found it to be a match"
    assert (await decide(recent, hit, V.ACCEPT)).standing.state is S.CLEAR
    desk.time.advance(timedelta(days=366))
    assert await recent.state(subject) is S.REVIEW


async def test_a_sanctioned_name_cannot_be_accepted(desk: Desk) -> None:
    found = await desk.screen(HARUN)
    hit = next(each for each in await of(desk, found.subject) if each.tier is people.Tier.SANCTION)
    with pytest.raises(people.VerdictRefused):
        await decide(desk, hit, V.ACCEPT)
    with pytest.raises(people.VerdictRefused):
        await decide(desk, hit, V.REOPEN)


async def test_a_hundred_officers_at_once_and_one_wins(desk: Desk) -> None:
    found = await desk.screen(HARUN)
    hit = (await of(desk, found.subject))[0]
    officers = [desk.random.ref() for _ in range(100)]
    verdicts = [V.TRUE_MATCH] * 100
    done = await asyncio.gather(
        *(decide(desk, hit, verdict, by) for verdict, by in zip(verdicts, officers, strict=True)),
        return_exceptions=True,
    )
    [winner] = [number for number, each in enumerate(done) if isinstance(each, hits.Decided)]
    others = [each for each in done if isinstance(each, people.HitDecided)]
    assert len(others) == 99
    assert {each.facts["by"] for each in others} == {str(officers[winner])}
    assert len(await desk.entries(entries.HitDecided)) == 1


async def strong(desk: Desk) -> people.Hit:
    """A hit that agrees in more than the name."""
    found = await desk.screen(HARUN)
    return next(each for each in await of(desk, found.subject) if each.strong)


async def test_a_strong_hit_is_let_go_by_two_officers_who_say_the_same(desk: Desk) -> None:
    hit, first, other = await strong(desk), desk.random.ref(), desk.random.ref()
    done = await decide(desk, hit, V.FALSE_POSITIVE, first)
    assert (done.hit.state, done.hit.proposed, done.hit.proposed_by) == (H.OPEN, H.FALSE_POSITIVE, first)
    assert done.standing.state is S.BLOCKED
    with pytest.raises(people.SecondOfficer):
        await decide(desk, hit, V.FALSE_POSITIVE, first)
    assert await desk.state(hit.subject) is S.BLOCKED
    ended = (await decide(desk, hit, V.FALSE_POSITIVE, other)).hit
    assert (ended.state, ended.decided_by, ended.proposed_by) == (H.FALSE_POSITIVE, other, first)
    [proposed], [decided] = await desk.entries(entries.HitProposed), await desk.entries(entries.HitDecided)
    assert ((proposed.by, decided.by), proposed.hit) == ((first, other), hit.id)


async def test_nobody_decides_about_themselves_or_about_whom_they_pay(desk: Desk) -> None:
    account = await desk.account()
    payee = await desk.screen(
        HARUN, desk.random.ref(), kind=people.SubjectKind.BENEFICIARY, owner=account, trigger=people.Trigger.BENEFICIARY
    )
    await desk.screen(HARUN, account, owner=account)
    for subject in (account, payee.subject):
        for verdict in (V.FALSE_POSITIVE, V.TRUE_MATCH):
            with pytest.raises(people.OwnHit):
                await decide(desk, (await of(desk, subject))[0], verdict, account)
    assert await desk.entries(entries.HitDecided) == []


async def test_one_officer_is_enough_to_find_a_match_whatever_was_proposed(desk: Desk) -> None:
    hit, first = await strong(desk), desk.random.ref()
    await decide(desk, hit, V.FALSE_POSITIVE, first)
    ended = (await decide(desk, hit, V.TRUE_MATCH, first)).hit
    assert (ended.state, ended.proposed) == (H.TRUE_MATCH, None)
    await decide(desk, hit, V.REOPEN)
    await decide(desk, hit, V.FALSE_POSITIVE, first)
    assert await desk.state(hit.subject) is S.BLOCKED, "what was proposed before counts no more"


async def test_what_was_proposed_counts_no_more_when_either_side_changes(desk: Desk) -> None:
    hit, first = await strong(desk), desk.random.ref()
    await decide(desk, hit, V.FALSE_POSITIVE, first)
    other = model.Person(names=HARUN.names, birth=HARUN.birth, nationalities=("lb",))
    await desk.screen(other, hit.subject)
    assert next(each for each in await of(desk, hit.subject) if each.id == hit.id).proposed is None
    await decide(desk, hit, V.FALSE_POSITIVE, desk.random.ref())
    assert await desk.state(hit.subject) is S.BLOCKED


async def test_two_officers_a_hundred_times_at_once_end_it_once(desk: Desk) -> None:
    hit, officers = await strong(desk), [desk.random.ref(), desk.random.ref()]
    done = await asyncio.gather(
        *(decide(desk, hit, V.FALSE_POSITIVE, officers[number % 2]) for number in range(100)), return_exceptions=True
    )
    assert sorted(each.hit.state for each in done if isinstance(each, hits.Decided)) == [H.FALSE_POSITIVE, H.OPEN]
    refused = [each for each in done if isinstance(each, people.SecondOfficer | people.HitDecided)]
    assert len(refused) == 98
    [proposed], [decided] = await desk.entries(entries.HitProposed), await desk.entries(entries.HitDecided)
    assert {proposed.by, decided.by} == set(officers)


async def test_the_database_takes_no_strong_hit_as_let_go_by_one(desk: Desk) -> None:
    hit, one = await strong(desk), desk.random.ref()
    let = "UPDATE screening_hit SET state = 'false_positive', decided_by = $2, decided_at = now(), proposed_by = $3, "
    let += "proposed = 'false_positive' WHERE id = $1"
    for second in (None, one):
        with pytest.raises(asyncpg.CheckViolationError):
            await desk.db.run("t", lambda tx, second=second: tx.execute(let, hit.id, one, second))


async def test_notes_are_sealed_and_both_can_be_read(desk: Desk) -> None:
    hit = await strong(desk)
    await let_go(desk, hit)
    assert b"passport" not in (await desk.rows("SELECT note FROM screening_hit WHERE id = $1", hit.id))[0]["note"]
    read = await desk.db.read("t", lambda tx: hits.note(tx, desk.screening, hit.id))
    assert read.splitlines() == ["looked at the passport"] * 2


async def test_the_worklist_pages_through_open_hits_by_age(desk: Desk) -> None:
    first = await desk.screen(HARUN)
    desk.time.advance(timedelta(hours=1))
    second = await desk.screen(HARUN)
    everything = await desk.db.read("t", lambda tx: hits.worklist(tx, None, None, 100))
    assert [hit.subject for hit in everything] == [first.subject] * first.hits + [second.subject] * second.hits
    head = everything[0]
    rest = await desk.db.read("t", lambda tx: hits.worklist(tx, None, (head.opened_at, head.id), 100))
    assert rest == everything[1:]
    peps = await desk.db.read("t", lambda tx: hits.worklist(tx, people.Tier.PEP, None, 100))
    assert {hit.tier for hit in peps} <= {people.Tier.PEP}


# ---- the rules behind it, over every state


@pytest.mark.parametrize("state", H)
@pytest.mark.parametrize("verdict", V)
@pytest.mark.parametrize("tier", people.Tier)
def test_every_verdict_on_every_hit_is_taken_or_refused(
    state: people.HitState, verdict: people.Verdict, tier: people.Tier
) -> None:
    hit = _hit(state, tier)
    taken = {
        (H.OPEN, V.FALSE_POSITIVE): H.FALSE_POSITIVE,
        (H.OPEN, V.TRUE_MATCH): H.TRUE_MATCH,
        (H.FALSE_POSITIVE, V.REOPEN): H.OPEN,
        (H.TRUE_MATCH, V.REOPEN): H.OPEN,
        (H.ACCEPTED, V.REOPEN): H.OPEN,
    }
    if tier in {people.Tier.PEP, people.Tier.RCA}:
        taken[H.OPEN, V.ACCEPT] = H.ACCEPTED
    if (state, verdict) in taken:
        assert rules.judge(hit, verdict) is taken[state, verdict]
    else:
        with pytest.raises((people.HitDecided, people.VerdictRefused)):
            rules.judge(hit, verdict)


def test_a_hit_that_has_become_strong_is_open_again() -> None:
    hit = _hit(H.FALSE_POSITIVE, people.Tier.SANCTION)
    same = people.Found(hit.publisher, hit.ref, hit.tier, 990_000, strong=True, entity=hit.entity)
    [change] = rules.merge([same], [hit], hit.person, conftest.NOW)
    assert (change.state, change.cause) == (H.OPEN, C.STRONGER)


def _hit(state: people.HitState, tier: people.Tier, *, strong: bool = False) -> people.Hit:
    return people.Hit(
        id=UUID(int=1), subject=UUID(int=2), publisher=FTM, ref="1", tier=tier, score=1, strong=strong, state=state,
        cause=C.NEW, revision=1, entity=b"", person=b"", decision=UUID(int=3), opened_at=conftest.NOW,
    )  # fmt: skip


@pytest.mark.parametrize("outcome", [S.PENDING, S.ERROR])
@pytest.mark.parametrize("state", H)
def test_no_answer_is_never_clear(outcome: people.State, state: people.HitState) -> None:
    for tier in people.Tier:
        said = rules.derive(outcome, [_hit(state, tier)], conftest.NOW)
        assert said.state in {outcome, S.BLOCKED}


@pytest.mark.parametrize(
    "state, tier, strong, expected",
    [
        (H.OPEN, people.Tier.SANCTION, False, S.REVIEW),
        (H.OPEN, people.Tier.SANCTION, True, S.BLOCKED),
        (H.OPEN, people.Tier.CRIME, True, S.REVIEW),
        (H.OPEN, people.Tier.PEP, True, S.REVIEW),
        (H.TRUE_MATCH, people.Tier.SANCTION, False, S.BLOCKED),
        (H.TRUE_MATCH, people.Tier.CRIME, False, S.BLOCKED),
        (H.TRUE_MATCH, people.Tier.PEP, True, S.REVIEW),
        (H.TRUE_MATCH, people.Tier.RCA, True, S.REVIEW),
        (H.ACCEPTED, people.Tier.PEP, True, S.CLEAR),
        (H.FALSE_POSITIVE, people.Tier.SANCTION, True, S.CLEAR),
        (H.GONE, people.Tier.SANCTION, True, S.CLEAR),
    ],
)
def test_what_a_hit_means(state: people.HitState, tier: people.Tier, strong: bool, expected: people.State) -> None:
    assert rules.derive(S.REVIEW, [_hit(state, tier, strong=strong)], conftest.NOW).state is expected


@pytest.mark.parametrize(
    "roles, tier",
    [
        ((), people.Tier.CRIME),
        ((model.Role("gov.soe"), model.Role("fin.bank")), None),
        ((model.Role("gov.soe"), model.Role("debarment")), people.Tier.CRIME),
        ((model.Role("something.new"),), people.Tier.CRIME),
        ((model.Role("asset.frozen"),), people.Tier.SANCTION),
        ((model.Role("sanction"), model.Role("role.pep")), people.Tier.SANCTION),
        ((model.Role("sanction.linked"),), people.Tier.SANCTION),
        ((model.Role("crime.fin"), model.Role("role.pep")), people.Tier.CRIME),
        ((model.Role("role.pep"), model.Role("role.rca")), people.Tier.PEP),
        ((model.Role("role.rca"),), people.Tier.RCA),
        ((model.Role("role.pep", "2025-12-01"),), people.Tier.PEP),
        ((model.Role("role.pep", "2025-02-01"),), None),
        ((model.Role("role.rca", "2025-02-01"),), None),
        ((model.Role("role.pep", "sometime"),), people.Tier.PEP),
        ((model.Role("role.pep", "2025-02-01"), model.Role("sanction")), people.Tier.SANCTION),
    ],
)
def test_the_gravest_reason_counts(roles: tuple[model.Role, ...], tier: people.Tier | None) -> None:
    entity = model.Entity("1", model.Kind.PERSON, (model.Alias("x"),), roles=roles)
    assert rules.tier(entity, people.Policy(), conftest.NOW.date()) is tier
