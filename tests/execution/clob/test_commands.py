"""`execution-stack clob`, run as the console runs it, with no setting at all; both books."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from execution_stack import cli
from execution_stack.clob.native import choosing
from execution_stack.clob.replay import flows

# op, side, type, tif, user, id, price, qty, stop
SCENARIO = [
    [1, 1, 0, 0, 1, 900, 101, 5, 0],
    [1, 1, 0, 0, 1, -7, 101, 5, 0],
    [1, 0, 0, 0, 1, 3, 101, 7, 0],  # takes 900 whole, and two of -7: one hand on both sides
    [1, 0, 0, 0, 2, 900, 99, 4, 0],  # the id of a finished order comes again
    [1, 0, 0, 0, 2, 900, 98, 4, 0],  # but not while it is alive
    [2, 0, 0, 0, 2, 3, 0, 0, 0],  # dead
    [2, 0, 0, 0, 2, 12345, 0, 0, 0],  # unknown
    [1, 0, 0, 3, 2, 5, 101, 1, 0],  # post-only that would cross
    [1, 0, 0, 2, 2, 6, 101, 9, 0],  # all or nothing, unfilled: cancelled
    [1, 0, 1, 0, 2, 7, 0, 5, 0],  # market: takes three, the rest is cancelled
    [3, 0, 0, 0, 2, 900, 99, 0, 0],  # an amendment to nothing
    [1, 1, 2, 0, 2, 8, 0, 2, 95],
    [3, 0, 0, 0, 2, 8, 99, 1, 0],  # of a parked stop
    [3, 0, 0, 0, 2, 900, 99, 3, 0],
    [1, 0, 0, 0, 9, 10, 99, 6, 0],
]
OUTCOME = {
    "trades": [[2, 3, 900, 101, 5], [2, 3, -7, 101, 2], [9, 7, -7, 101, 3]],
    "rejected_cmd_indexes": [4, 5, 6, 7, 10, 12],
    "bids": [[900, 99, 3], [10, 99, 6]],
    "asks": [],
}


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(cli.main, ["clob", *map(str, words)], env={})


def scenario(folder: Path, commands: Any = SCENARIO, **more: Any) -> Path:
    path = folder / "scenario.json"
    path.write_text(json.dumps({"commands": commands, **more}), "utf-8")
    return path


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_scenario_is_replayed(tmp_path: Path, engine: str, words: tuple[str, ...]) -> None:
    done = run("replay", scenario(tmp_path, format="clob-scenario/1", recorder="x"), "--engine", engine, *words)
    assert done.exit_code == 0
    assert json.loads(done.stdout) == OUTCOME
    assert not words or done.stdout.count("\n") == 1


def test_an_empty_scenario_has_an_empty_outcome(tmp_path: Path, engine: str) -> None:
    done = run("replay", scenario(tmp_path, []), "--engine", engine)
    assert json.loads(done.stdout) == {"trades": [], "rejected_cmd_indexes": [], "bids": [], "asks": []}


def test_a_stop_trades_under_the_command_that_made_it_true(tmp_path: Path, engine: str) -> None:
    commands = [
        [1, 0, 2, 0, 0, 1, 0, 2, 100],
        [1, 1, 0, 0, 0, 2, 105, 5, 0],
        [1, 1, 0, 0, 0, 3, 100, 1, 0],
        [1, 0, 0, 1, 0, 4, 100, 1, 0],
    ]
    done = run("replay", scenario(tmp_path, commands), "--engine", engine, "--json")
    assert json.loads(done.stdout)["trades"] == [[3, 4, 3, 100, 1], [3, 1, 2, 105, 2]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"commands": 1}',
        '{"commands": [[1, 0]]}',
        '{"commands": [[1,0,0,0,0,1,1,1,0,0]]}',
        '{"commands": [[1,0,0,0,0,1,1.5,1,0]]}',
        '{"commands": [[1,0,0,0,0,1,"1",1,0]]}',
        '{"commands": [[1,0,0,0,0,true,1,1,0]]}',
        '{"commands": [[1,0,0,0,0,null,1,1,0]]}',
        '{"commands": [[1,0,0,0,0,1,9223372036854775808,1,0]]}',
        '{"commands": [[4,0,0,0,0,1,1,1,0]]}',
        '{"commands": [[1,2,0,0,0,1,1,1,0]]}',
        '{"commands": [[1,0,4,0,0,1,1,1,0]]}',
        '{"commands": [[1,0,0,4,0,1,1,1,0]]}',
        '{"commands": [], "format": "clob-scenario/2"}',
        '{"commands": []} {}',
        "[" * 100_000,
        "\udcff",
    ],
)
def test_what_is_no_scenario_is_one_line_and_nothing_printed(tmp_path: Path, text: str) -> None:
    path = tmp_path / "scenario.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    done = run("replay", path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = run("replay", tmp_path / "missing.json")
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_both_books_replay_a_long_flow_alike(tmp_path: Path) -> None:
    """And fast: most of a replay is reading and writing."""
    newest, commands = 0, []
    for op, side, type_, tif, user, id_, price, quantity, stop, _, _ in flows.mixed(choosing.make(), 30_000):
        newest += op == 1
        commands.append([op, side, type_, tif, user, newest if op == 1 else id_, price, quantity, stop])
    path = scenario(tmp_path, commands)
    before = time.process_time()
    outputs = {run("replay", path, "--engine", each, "--json").stdout for each in ("python", choosing.engine())}
    assert len(outputs) == 1
    assert len(json.loads(outputs.pop())["trades"]) > 5_000
    assert time.process_time() - before < 10


def test_the_bench_says_how_fast_both_books_are() -> None:
    found = json.loads(run("bench", "--commands", "2000", "--json").stdout)
    names = {each[0] for each in found["figures"]}
    engines = {"python", choosing.engine()}
    assert names == {f"{engine} {way}" for engine in engines for way in ("batch", "call")}
    assert all(commands > trades > 0 for _, commands, trades in found["figures"])
    assert set(found["latency"]) == engines
    assert "commands/s" in run("bench", "--commands", "2000").stdout
