"""Passwords at the product's cost; files of leaked passwords and of keys."""

import asyncio
import hashlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from boundary.kernel import ids
from boundary.kernel.runtime import batch
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack.identity.adapters import breached, hashing, key_ring

RANDOM = ids.SystemIds()


@pytest.fixture
def hasher() -> Iterator[hashing.Argon2]:
    found = hashing.Argon2(RANDOM, threads=2)
    yield found
    found.close()


async def test_the_cost_is_the_one_of_asvs(hasher: hashing.Argon2) -> None:
    known = await hasher.hash("seven green lamps")
    assert known.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await hasher.verify(known, "seven green lamps")) == hashing.Verdict(fits=True)
    assert not (await hasher.verify(known, "seven green lamp")).fits
    assert not (await hasher.verify(None, "seven green lamps")).fits
    assert not (await hasher.verify("", "seven green lamps")).fits
    assert not (await hasher.verify("$argon2id$nonsense", "seven green lamps")).fits


async def test_a_password_passes_however_a_keyboard_composed_it(hasher: hashing.Argon2) -> None:
    known = await hasher.hash("caf\u00e9 at the pier")
    assert (await hasher.verify(known, "cafe\u0301 at the pier")).fits


async def test_the_event_loop_goes_on_while_hashes_are_computed(hasher: hashing.Argon2) -> None:
    """Ticks of a millisecond, counted while sixteen hashes run: the loop was never away for a whole one of them."""
    longest, last = 0.0, time.perf_counter()
    work = asyncio.gather(*(hasher.hash(f"lamp number {turn}") for turn in range(16)))
    while not work.done():
        await asyncio.sleep(0.001)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    await work
    assert longest < 0.5


async def test_no_more_than_the_threads_run_and_no_more_than_the_queue_waits() -> None:
    hasher = hashing.Argon2(RANDOM, threads=2, waiting_max=4)
    running, most, gate = 0, 0, threading.Event()
    lock = threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        gate.wait(10)
        with lock:
            running -= 1

    tasks = [asyncio.create_task(hasher._run(work)) for _ in range(6)]
    await asyncio.sleep(0.05)
    with pytest.raises(batch.Overloaded):
        await hasher._run(work)
    gate.set()
    await asyncio.gather(*tasks)
    assert most == 2
    await asyncio.sleep(0)
    await hasher._run(lambda: None)
    hasher.close()


async def test_who_goes_away_frees_no_place_before_the_thread_is_done() -> None:
    hasher = hashing.Argon2(RANDOM, threads=1, waiting_max=0)
    gate = threading.Event()
    task = asyncio.create_task(hasher._run(lambda: gate.wait(10)))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with pytest.raises(batch.Overloaded):
        await hasher._run(lambda: None)
    gate.set()
    async with asyncio.timeout(5):
        while hasher._here:  # noqa: ASYNC110 -- the count falls in a callback that nobody can wait for
            await asyncio.sleep(0.01)
    hasher.close()


async def test_a_hashing_thread_gives_way(hasher: hashing.Argon2) -> None:
    nice = await hasher._run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert nice >= os.getpriority(os.PRIO_PROCESS, 0) + 1 or nice == 19


# ---- leaked passwords


def leaked(place: Path, words: list[str], ending: bytes = b"\r\n") -> Path:
    lines = sorted(hashlib.sha1(word.encode()).hexdigest().upper() for word in words)
    file = place / "hashes.txt"
    file.write_bytes(b"".join(f"{line}:{number * 7 + 1}".encode() + ending for number, line in enumerate(lines)))
    return file


@pytest.mark.parametrize("count", [1, 2, 3, 10, 999])
@pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
def test_every_leaked_password_is_found_and_no_other(tmp_path: Path, count: int, ending: bytes) -> None:
    words = [f"leaked word {number}" for number in range(count)]
    file = breached.SortedFile(leaked(tmp_path, words, ending))
    assert all(file.holds(word) for word in words)
    assert not any(file.holds(f"other word {number}") for number in range(500))


def test_the_first_and_the_last_line_are_found(tmp_path: Path) -> None:
    words = [f"leaked word {number}" for number in range(200)]
    ordered = sorted(words, key=lambda word: hashlib.sha1(word.encode()).hexdigest())
    file = breached.SortedFile(leaked(tmp_path, words))
    assert file.holds(ordered[0])
    assert file.holds(ordered[-1])


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x00" * 100])
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other"
    file.write_bytes(content)
    with pytest.raises(kernel_settings.SettingsError):
        breached.SortedFile(file)
    with pytest.raises(kernel_settings.SettingsError):
        breached.SortedFile(tmp_path / "none")


async def test_the_file_is_asked_away_from_the_event_loop(tmp_path: Path) -> None:
    hasher = hashing.Argon2(RANDOM, breached=breached.SortedFile(leaked(tmp_path, ["nine blue kites"])))
    assert await hasher.is_breached("nine blue kites")
    assert not await hasher.is_breached("ten blue kites")
    hasher.close()


# ---- key rings


def test_a_new_ring_is_read_and_a_loose_or_broken_one_refused(tmp_path: Path) -> None:
    file = tmp_path / "ring.json"
    file.write_bytes(key_ring.example(RANDOM))
    file.chmod(0o644)
    with pytest.raises(kernel_settings.SettingsError, match="chmod 600"):
        key_ring.read(file)
    file.chmod(0o600)
    assert len(key_ring.read(file).ids) == 1
    seed = file.read_text().partition('"seed": "')[2][:64]
    file.write_text(file.read_text().replace(seed, seed[:-2]))
    with pytest.raises(kernel_settings.SettingsError) as refused:
        key_ring.read(file)
    assert seed[:16] not in str(refused.value)
    for broken in ("", "{}", '{"keys": []}', '{"keys": [{"id": "a", "state": "active"}]}', "x" * 20_000):
        file.write_text(broken)
        with pytest.raises(kernel_settings.SettingsError):
            key_ring.read(file)
    with pytest.raises(kernel_settings.SettingsError):
        key_ring.read(tmp_path / "none")
