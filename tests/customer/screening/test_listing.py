"""Lists come in whole or not at all: what is hostile, cut, shrunken or old is refused on record, and the last stays."""

import asyncio
import signal
import sys
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_stack.screening import model
from customer_stack.screening.lists import storing
from customer_stack.screening.model import entries
from customer_stack.screening.repo import lists as repo
from customer_stack.screening.service import listing
from tests.customer.screening import conftest, loading_process, samples, test_formats
from tests.customer.screening.conftest import Desk

FTM = model.Publisher.FTM
R = model.Reason


async def in_use(desk: Desk) -> dict[model.Publisher, str]:
    used = await desk.db.read("t", repo.in_use)
    return {publisher: each.version.sha256 for publisher, each in used.items()}


def billion_laughs() -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{levels}]><export>&l9;</export>'.encode()


LINE = samples.FTM.partition(b"\n")[0] + b"\n"
HOSTILE: dict[str, tuple[bytes, model.Reason]] = {
    "billion_laughs": (billion_laughs(), R.ENTITIES),
    "quadratic_blowup": (
        b'<!DOCTYPE x [<!ENTITY a "' + b"ha" * 100_000 + b'">]><export>' + b"&a;" * 100_000 + b"</export>",
        R.ENTITIES,
    ),
    "external_entity": (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///nowhere">]><export>&a;</export>', R.ENTITIES),
    "external_dtd": (b'<!DOCTYPE export SYSTEM "http://nowhere.example/x.dtd"><export/>', R.ENTITIES),
    "parameter_entity": (b'<!DOCTYPE x [<!ENTITY % a "b"> %a;]><export/>', R.ENTITIES),
    "cut_xml": (samples.EU[: len(samples.EU) * 2 // 3], R.TRUNCATED),
    "cut_line": (samples.FTM[:-30], R.TRUNCATED),
    "half_an_object": (samples.FTM[:-30] + b"\n", R.MALFORMED),
    "no_json": (b"{]\n", R.MALFORMED),
    "deep_xml": (b"<export>" + b"<a>" * 100 + b"</a>" * 100 + b"</export>", R.MALFORMED),
    "deep_json": (b'{"id":"1","schema":"Person","properties":{"name":' + b"[" * 100_000 + b"\n", R.MALFORMED),
    "nothing": (b"", R.EMPTY),
    "no_entries": (b"<export></export>", R.EMPTY),
    "somebody_elses": (samples.EU, R.UNKNOWN_FORMAT),
    "no_list": (b"\x7fELF", R.UNKNOWN_FORMAT),
    "twice_the_same": (LINE + LINE, R.MALFORMED),
    "no_name": (b'{"id":"1","schema":"Person","properties":{}}\n', R.MALFORMED),
    "shrunken": (LINE.replace(b"2026-02-27", b"2026-02-28"), R.SHRUNKEN),
    "stale": (samples.FTM.replace(b"2026-02-27", b"2026-01-27"), R.STALE),
    "older": (samples.FTM.replace(b"2026-02-27", b"2026-02-26"), R.OLDER),
    "of_the_future": (samples.FTM.replace(b"2026-02-27", b"2026-04-27"), R.MALFORMED),
    "a_name_without_end": (LINE.replace(b"Harun", b"x" * 3_000), R.MALFORMED),
}


async def test_a_hostile_file_is_refused_on_record_and_the_last_good_list_stays(desk: Desk) -> None:
    before = await in_use(desk)
    for count, (name, (data, reason)) in enumerate(HOSTILE.items(), start=1):
        with pytest.raises(model.ListRefused) as refusal:
            await desk.load((model.ListFile("list", data),), FTM)
        assert (refusal.value.reason, refusal.value.code) == (reason, "list_refused"), name
        assert await in_use(desk) == before, name
        refused = await desk.entries(entries.ListRefused)
        assert (len(refused), refused[-1].publisher, refused[-1].reason) == (count, FTM, reason), name
        states = await desk.db.read("t", lambda tx: listing.states(tx, desk.screening.policy, desk.time.now()))
        assert {each.publisher: each.refused and each.refused[0] for each in states}[FTM] is reason, name
    assert (await desk.screen(conftest.HARUN)).hits > 0


def test_every_bomb_of_the_formats_is_among_the_hostile() -> None:
    assert test_formats.BOMB.startswith(b"<?xml")
    assert {reason for _, reason in HOSTILE.values()} >= set(R) - {R.TOO_LARGE, R.INCOMPLETE}


async def test_a_version_is_kept_byte_for_byte_and_as_it_was_read(desk: Desk) -> None:
    used = (await desk.db.read("t", repo.in_use))[model.Publisher.OFAC]
    assert await desk.db.read("t", lambda tx: listing.files(tx, used.id)) == conftest.OFAC
    entities = await desk.db.read("t", lambda tx: listing.entities(tx, used.id))
    assert [each.ref for each in entities] == ["101", "102", "103"]


async def test_the_same_files_again_confirm_the_version_in_use(desk: Desk) -> None:
    desk.time.advance(timedelta(days=3))
    again = await desk.load(conftest.FTM, FTM)
    assert (again.adopted, again.changed) == (False, 0)
    used = (await desk.db.read("t", repo.in_use))[FTM]
    assert (used.checked_at, used.adopted_at) == (desk.time.now(), conftest.NOW)
    [entry] = await desk.entries(entries.ListConfirmed)
    assert entry.version == again.id
    assert len(await desk.rows("SELECT 1 FROM screening_version")) == 2


async def test_a_new_version_says_what_changed_and_promises_to_follow(desk: Desk) -> None:
    data = samples.FTM.replace(b"2026-02-27", b"2026-02-28").replace(b"Amal Misbahi", b"Amal Other")
    data += b'{"id":"Q-3","schema":"Company","properties":{"name":["Lantern Ltd"],"topics":["sanction"]}}\n'
    done = await desk.load((model.ListFile("peps.json", data),), FTM)
    assert (done.adopted, done.changed, done.removed) == (True, 2, 0)
    row = (await desk.rows("SELECT * FROM screening_rescreen ORDER BY id DESC LIMIT 1"))[0]
    assert (row["version"], row["changed"], row["removed"], row["finished_at"]) == (done.id, 2, 0, None)
    history = await desk.db.read("t", lambda tx: listing.history(tx, FTM))
    assert [each.stored.id for each in history] == [done.id, row["previous"]]


_TEXT = st.text(min_size=1, max_size=20)
_ENTITIES = st.lists(
    st.builds(
        model.Entity,
        _TEXT,
        st.sampled_from(model.Kind),
        st.lists(st.builds(model.Alias, _TEXT), min_size=1, max_size=3).map(tuple),
        born=st.lists(st.builds(model.Born, st.integers(1900, 2000), st.integers(1900, 2000)), max_size=2).map(tuple),
        roles=st.lists(st.builds(model.Role, _TEXT, _TEXT, st.lists(_TEXT, max_size=2).map(tuple)), max_size=2).map(
            tuple
        ),
        relatives=st.lists(st.builds(model.Relative, _TEXT, _TEXT), max_size=2).map(tuple),
    ),
    max_size=12,
)


@given(_ENTITIES)
def test_what_is_stored_of_a_list_comes_back_as_it_was(found: list[model.Entity]) -> None:
    chunks, digest = storing.entities(found)
    assert storing.opened(chunks, digest) == tuple(found)
    if found:
        with pytest.raises(storing.Damaged):
            storing.opened(storing.entities(found[:-1])[0], digest)


async def test_chunks_that_were_changed_are_not_believed(desk: Desk) -> None:
    used = (await desk.db.read("t", repo.in_use))[FTM]
    await desk.superuser.execute("ALTER TABLE screening_chunk DISABLE TRIGGER append_only")
    other = storing.entities((model.Entity("1", model.Kind.PERSON, (model.Alias("Nobody"),)),))[0][0]
    await desk.superuser.execute(
        "UPDATE screening_chunk SET data = $2 WHERE version = $1 AND part = 'entries'", used.id, other
    )
    with pytest.raises(storing.Damaged):
        await desk.db.read("t", lambda tx: listing.entities(tx, used.id))


async def test_of_two_loads_at_once_one_is_followed_by_the_other_or_refused(desk: Desk) -> None:
    files = [
        (model.ListFile("peps.json", samples.FTM.replace(b"2026-02-27", b"2026-02-28").replace(b"Amal", name)),)
        for name in (b"Amala", b"Amira", b"Amara")
    ]
    done = await asyncio.gather(*(desk.load(each, FTM) for each in files), return_exceptions=True)
    refused = [each for each in done if isinstance(each, model.ListRefused)]
    adopted = [each for each in done if isinstance(each, listing.Loaded)]
    assert len(refused) + len(adopted) == 3
    assert adopted
    used = (await desk.db.read("t", repo.in_use))[FTM]
    assert used.id in {each.id for each in adopted}
    rows = await desk.rows("SELECT previous, version FROM screening_rescreen WHERE publisher = 'ftm' ORDER BY id")
    assert [row["previous"] for row in rows[1:]] == [row["version"] for row in rows[:-1]]


@pytest.mark.parametrize("killed_after", [1])
async def test_a_load_that_is_killed_leaves_the_last_good_list_and_is_taken_up_again(
    desk: Desk, killed_after: int
) -> None:
    before, count = await in_use(desk), 6_000
    call = [sys.executable, "-m", loading_process.__name__, desk.schema.url("customer_operator"), str(count)]
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*call, stdin=pipe, stdout=pipe)
    assert child.stdin is not None
    assert child.stdout is not None
    for _ in range(killed_after):
        assert int(await child.stdout.readline()) > 0
        child.stdin.write(b"\n")
    assert int(await child.stdout.readline()) > 0
    child.send_signal(signal.SIGKILL)
    await child.wait()
    stored = len(await desk.rows("SELECT 1 FROM screening_chunk WHERE version > 2"))
    assert stored > 0
    assert await in_use(desk) == before
    assert (await desk.screen(conftest.HARUN)).hits > 0
    done = await desk.load((loading_process.file_of(count),), FTM)
    assert (done.adopted, done.version.entities) == (True, count)
    assert len(await desk.db.read("t", lambda tx: listing.entities(tx, done.id))) == count
    assert len(await desk.rows("SELECT 1 FROM screening_version")) == 3
