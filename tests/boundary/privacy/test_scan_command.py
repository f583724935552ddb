"""`boundary scan` as its user runs it: lines in, verdicts out, an exit code, and no value ever printed."""

import json
import pathlib
from typing import Any

import pytest
from click import testing

from boundary.privacy import scan_command


def run(given: bytes | str, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    result = testing.CliRunner().invoke(scan_command.scan, arguments or ["-"], input=given)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.output


def test_clean_lines_end_with_zero() -> None:
    code, verdicts, _ = run('{"seq": 12}\n"limit"\n\n[1, 2.5, null]\nlevel=info seq=3\n')
    assert code == 0
    assert [verdict["line"] for verdict in verdicts] == [1, 2, 3, 4, 5]
    assert all(verdict == {"line": verdict["line"], "refused": False, "findings": []} for verdict in verdicts)


def test_a_refused_line_ends_with_one_and_tells_where_what_and_through_what() -> None:
    code, verdicts, output = run('{"seq": 1}\n{"note": "TmltYWwgUGVyZXJh", "Nimal": 1}\n')
    assert code == 1
    assert verdicts[1] == {
        "line": 2,
        "refused": True,
        "findings": [
            {"path": "/note", "kind": "name", "via": ["base64"]},
            {"path": "/1", "kind": "name", "via": ["key"]},
        ],
    }
    assert "Nimal" not in output
    assert "TmltYWw" not in output


def test_a_key_that_stands_twice_hides_nothing() -> None:
    code, verdicts, _ = run('{"a": "0771234567", "a": 1}\n')
    assert (code, verdicts[0]["findings"][0]["kind"]) == (1, "phone")


@pytest.mark.parametrize(
    "line", [b"Jos\xe9 Garc\xeda", "Nimal".encode("utf-16"), b'{"a": "\\ud800"}', b"[" * 5000, b"9" * 5000]
)
def test_what_no_decoder_likes_is_refused_not_raised(line: bytes) -> None:
    code, verdicts, _ = run(line + b"\n1\n")
    assert code == 1
    assert verdicts[0]["refused"]
    assert not verdicts[-1]["refused"]


def test_a_line_beyond_all_bounds_is_refused_and_the_next_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_command, "_LINE_MAX", 100)
    code, verdicts, _ = run("1" * 250 + "\n2\n" + "3" * 99 + "\n4")
    assert code == 1
    assert [verdict["refused"] for verdict in verdicts] == [True, False, True, False]
    assert verdicts[0]["findings"] == [{"path": "", "kind": "unrecognised", "via": ["oversize"]}]


def test_a_file_is_read_by_name(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "lines"
    file.write_text('"filled"\n')
    assert run("", str(file))[0] == 0


def test_an_input_that_cannot_be_read_ends_with_two(tmp_path: pathlib.Path) -> None:
    assert run("", str(tmp_path / "absent"))[0] == 2
    assert run("", str(tmp_path))[0] == 2
