"""The order book: both books on one flow, replay, restoring a million orders, and the core under sanitizers."""

import pathlib
import shutil
import subprocess
import time

import pytest

from execution_stack.clob import book, native
from execution_stack.clob.formats import records
from execution_stack.clob.native import choosing
from execution_stack.clob.replay import flows, measuring, scenarios
from tests.bench import conftest, figures
from tests.execution.clob import flows as fuzz

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

DRIVER = pathlib.Path(__file__).with_name("clob_sanitized.cpp")
SANITIZED = ("-std=c++20", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wall", "-Wextra")
GOALS = {"native batch": 30_000_000, "native call": 5_000_000, "python batch": 1_000_000}


def test_both_books_on_one_flow(report: conftest.Report) -> None:
    """Processor time: other work on the machine does not count, but for what it does to the caches."""
    found = measuring.measure(figures.scaled(1_000_000, 2_000), 1, time.process_time_ns)
    slowest = next(each.commands for each in found.figures if each.name == "python call")
    for name, commands, trades in found.figures:
        goal = GOALS.get(name, 0)
        shown = f"{commands:,} commands/s, {trades:,} trades/s"
        told = f"≥ {goal:,}/s" if goal else ""
        report(figures.Figure(f"book: {name}", shown, commands / slowest, told, commands >= goal if goal else None))
    if choosing.built():
        held, p99 = found.bytes_per_order, found.latency[choosing.NATIVE]["p99"]
        report(figures.Figure("book: bytes for each resting order", str(held), None, "≤ 100", held <= 100))
        report(figures.Figure("book: one call, p99", f"{p99} ns", None, "≤ 1000 ns", p99 <= 1000))


def test_a_replay_and_a_restored_book(report: conftest.Report) -> None:
    count, newest, commands = figures.scaled(300_000, 2_000), 0, []
    for op, side, type_, tif, user, id_, price, quantity, stop, *_ in flows.mixed(choosing.make(), count):
        newest += op == 1
        commands.append((op, side, type_, tif, user, newest if op == 1 else id_, price, quantity, stop))
    started = time.process_time()
    assert scenarios.run(commands).trades
    rate = count / (time.process_time() - started)
    report(figures.Figure("book: replay", figures.rate(rate, "commands"), None, "≥ 300,000/s", rate >= 300_000))

    orders = figures.scaled(1_000_000, 2_000)
    rows = [(1, 0, 0, 0, 0, 0, 100_000 - each % 500, 1 + each % 90, 0, 0, 0) for each in range(orders)]
    full = choosing.make()
    full.run(records.pack_commands(rows))
    started = time.process_time()
    sealed = choosing.sealed(full)
    written = time.process_time() - started
    assert choosing.restore(sealed).live == orders
    restored = time.process_time() - started - written
    shown = f"written {written:.2f} s, restored {restored:.2f} s"
    report(figures.Figure(f"book: snapshot of {orders:,} orders", shown, None, "≤ 5 s", restored <= 5))


def test_the_core_under_sanitizers_says_what_the_readable_book_says(tmp_path: pathlib.Path) -> None:
    compiler = shutil.which("g++") or shutil.which("clang++")
    assert compiler, "this target needs a compiler"
    program = tmp_path / "sanitized"
    include = f"-I{pathlib.Path(native.__file__).parent}"
    subprocess.run([compiler, *SANITIZED, include, str(DRIVER), "-o", str(program)], check=True)
    for seed in range(figures.scaled(10, 1)):
        commands = [*fuzz.Flow(seed).commands(5_000)]
        packed = records.pack_commands(commands)
        done = subprocess.run([program], input=packed, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        oracle = book.Book()
        oracle.run(packed)
        assert done.stdout == oracle.events() + oracle.snapshot()
