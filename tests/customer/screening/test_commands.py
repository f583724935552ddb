"""The commands, run as the console runs them, with no setting at all."""

import csv
import gzip
import io
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from customer_stack import cli
from tests.customer.screening import samples


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(cli.main, ["screening", *map(str, words)], env={})


def rows(result: Result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "un.xml.gz").write_bytes(gzip.compress(samples.UN))
    for name, data in (("sdn", samples.SDN), ("alt", samples.ALT), ("add", samples.ADD)):
        (folder / f"{name}.csv").write_bytes(data)
    return folder


@pytest.fixture
def names(tmp_path: Path) -> Path:
    path = tmp_path / "names.csv"
    path.write_text("id,name,birth_date,country\n7,Harun Misbahi,1970-05-04,Syria\n8,Tilda Sample,,\n", "utf-8")
    return path


def test_pairs_are_scored_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text('left,right\nHarun Misbahi,"MISBAHI, Harun"\nHarun Misbahi,Tilda Sample\n', "utf-8")
    found = rows(run("pairs", path))
    assert [each["right"] for each in found] == ["MISBAHI, Harun", "Tilda Sample"]
    assert found[0]["score"] == "1.000000"
    assert found[1]["score"] < "0.5"


def test_candidates_come_best_first_with_their_reasons(lists: Path, names: Path, tmp_path: Path) -> None:
    kept = tmp_path / "decisions"
    found = rows(run("match", "--names", names, "--lists", lists, "--threshold", "0.7", "--decisions", kept))
    assert {each["id"] for each in found} == {"7"}
    assert {(each["list"], each["ref"]) for each in found} >= {("un", "9000001"), ("ofac", "101")}
    assert [each["score"] for each in found] == sorted((each["score"] for each in found), reverse=True)
    assert "birth_date 1.000000" in found[0]["reasons"]
    first = kept.read_bytes()
    separately = [lists / name for name in ("un.xml.gz", "sdn.csv", "alt.csv", "add.csv")]
    run("match", "--names", names, "--lists", *separately, "--threshold", "0.7", "--decisions", kept)
    assert kept.read_bytes() == first


def test_a_list_that_is_refused_stops_the_command_with_its_reason(lists: Path, names: Path) -> None:
    (lists / "un.xml.gz").write_bytes(gzip.compress(samples.UN)[:-20])
    result = run("match", "--names", names, "--lists", lists)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "truncated" in result.stderr


@pytest.mark.parametrize(
    "text, word",
    [
        ("who\nHarun\n", "no column name"),
        ("name\nHarun,1\n", "row 2"),
        ("", "header"),
        ("name,birth_date\nx,4.5.70\n", "date"),
    ],
)
def test_names_that_cannot_be_read_are_refused(lists: Path, tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, "utf-8")
    result = run("match", "--names", path, "--lists", lists)
    assert result.exit_code == 2
    assert word in result.stderr


@pytest.mark.parametrize("threshold", ["2", "-1", "x", "1.5", ""])
def test_a_threshold_lies_between_0_and_1(lists: Path, names: Path, threshold: str) -> None:
    result = run("match", "--names", names, "--lists", lists, "--threshold", threshold)
    assert result.exit_code == 2


def test_bench_measures_the_lists_it_is_given(lists: Path) -> None:
    result = run("bench", "--lists", lists, "--names", "20")
    assert result.exit_code == 0, result.stderr
    assert "5 entries" in result.stdout
    assert "p99" in result.stdout
    assert "names/s per core" in result.stdout
