"""Mechanisms without I/O, on one core: JSON strictness, hashing, and how fast forged frames are turned away."""

import functools
import hashlib
import statistics
import time
from collections.abc import Callable
from datetime import datetime

import msgspec
import pytest

from boundary.channel import envelope
from boundary.kernel import clock, errors, hashchain, ids, merkle, strict_json
from boundary.wire import frame, keys
from tests.bench import conftest, figures

pytestmark = [pytest.mark.bench, pytest.mark.timeout(120)]


def _seconds_of_one(work: Callable[[], object]) -> float:
    """Median over several runs, each long enough to be timed."""
    repeats = 1
    while (taken := _run(work, repeats)) < 0.05 * figures.scale():
        repeats *= 2
    return statistics.median([taken, *(_run(work, repeats) for _ in range(4))]) / repeats


def _run(work: Callable[[], object], repeats: int) -> float:
    started = time.perf_counter()
    for _ in range(repeats):
        work()
    return time.perf_counter() - started


def _body(size: int) -> bytes:
    """A list of things as an API receives them, about so many bytes long."""
    thing = {"id": "0b1f6f2e-7c7e-4f59-9d59-1f3f0a3c2b11", "side": "buy", "quantity": 100, "limit": 99_500_000}
    count = max(1, size // (len(msgspec.json.encode(thing)) + 1))
    return msgspec.json.encode({"orders": [thing] * count, "note": "é" * 20})


@pytest.mark.parametrize("size", [200, 10_000, 100_000])
def test_checking_that_json_is_strict(size: int, report: conftest.Report) -> None:
    body = _body(size)
    checking = _seconds_of_one(lambda: strict_json.check(body))
    decoding = _seconds_of_one(lambda: msgspec.json.decode(body))
    value = f"{checking * 1e6:,.1f} µs, {len(body) / checking / 1e6:,.0f} MB/s"
    report(figures.Figure(f"strict_json.check of {len(body):,} B (ratio: msgspec)", value, decoding / checking))


def test_hashing_a_log(report: conftest.Report) -> None:
    leaves = [hashlib.sha256(n.to_bytes(8, "big")).digest() for n in range(1 << 16)]

    def grow() -> None:
        for _ in merkle.Frontier().extend(leaves):
            pass

    def chain() -> bytes:
        link = hashchain.GENESIS
        for leaf in leaves:
            link = hashchain.link(link, leaf)
        return link

    merkle_rate, chain_rate = len(leaves) / _seconds_of_one(grow), len(leaves) / _seconds_of_one(chain)
    assert merkle.root(leaves) != chain()
    report(figures.Figure("Merkle tree", figures.rate(merkle_rate, "leaves")))
    report(figures.Figure("hash chain", figures.rate(chain_rate, "links")))


def test_turning_forged_frames_away(report: conftest.Report) -> None:
    random = ids.SeededIds(1)
    now = clock.from_micros(1_790_000_000_000_000)
    ring = keys.Ring(random.ref(), {7: random.token(32)})
    rings = {7: ring}
    time = clock.ManualClock(now)
    good = envelope.Sealer(ring, frame.Direction.TO_EXECUTION, time, random).heartbeat()
    envelope.verify(good, rings, frame.Direction.TO_EXECUTION, now)
    body = bytes(1024)
    header = frame.parse(good, frame.Direction.TO_EXECUTION).header
    forged = {
        "heartbeat": good[:-1] + bytes([good[-1] ^ 1]),
        "frame of 1 kB": frame.seal(header, body, bytes(32)),
        "frame of unknown key": frame.seal(msgspec.structs.replace(header, key_id=8), body, bytes(32)),
    }
    for name, data in forged.items():
        rate = 1 / _seconds_of_one(functools.partial(_refused, data, rings, now))
        report(
            figures.Figure(
                f"forged {name} refused", figures.rate(rate, "frames"), rate / 5e4, "≥ 50,000/s", rate >= 5e4
            )
        )


def _refused(data: bytes, rings: dict[int, keys.Ring], now: datetime) -> None:
    try:
        envelope.verify(data, rings, frame.Direction.TO_EXECUTION, now)
    except errors.Unauthenticated:
        return
    raise AssertionError("a forged frame was taken")
