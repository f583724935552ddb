"""Loading from disk: whatever is wrong is one line that names the file and, where there is one, the pointer."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from customer_stack.branding import model, service
from customer_stack.branding.adapters import files


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_bytes(service.example("LK"))
    return path


@pytest.mark.parametrize("code", ["LK", "LU", "AE", "US"])
def test_the_example_of_each_jurisdiction_loads(tmp_path: Path, now: datetime, code: str) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(service.example(code))
    assert files.check(path, now) == []
    branding = files.load(path, now)
    assert branding.config.jurisdiction == code
    assert service.pack_now(branding, now).code == code


@pytest.mark.parametrize(
    "data,line",
    [
        (b"", "config.json: line 1, column 1: Expecting value"),
        (b'{\n  "brand": {\n', "config.json: line 3, column 1: Expecting property name enclosed in double quotes"),
        (b'{"brand": }', "config.json: line 1, column 11: Expecting value"),
        (b'{"brand": "\xff"}', "config.json: byte 11 is not UTF-8"),
        (b"\xff\xfe{\x00}\x00", "config.json: byte 0 is not UTF-8"),
        (b'{"brand": {"name": "a", "name": "b"}}', "config.json: /brand/name: this key stands here twice"),
        (b'{"a": [1, {"b/c": 1, "b/c": 1}]}', "config.json: /a/1/b~1c: this key stands here twice"),
        (b'{"": 1, "": 2}', "config.json: /: this key stands here twice"),
        (b'{"limits": NaN}', "config.json: the body is not JSON"),
        (b'{"a": "\\ud800"}', "config.json: the body holds half of a surrogate pair"),
        (b"[" * 100 + b"]" * 100, "config.json: the body is nested too deeply"),
        (b'{"a":' * 50_000, "config.json: the body is nested too deeply"),
        (b" " * (256 * 1024 + 1), "config.json: is larger than 256 KiB"),
        (b'{"a\\nb\\u001b[2J": 1}', "config.json: /a\ufffdb\ufffd[2J: is not a field of this document"),
        (b'{"brand": {"colours": 1}}', "config.json: /brand/colours: must be an object"),
    ],
)
def test_bad_bytes_are_one_line_each(path: Path, now: datetime, data: bytes, line: str) -> None:
    path.write_bytes(data)
    with pytest.raises(model.BadConfig) as caught:
        files.load(path, now)
    assert line in str(caught.value).splitlines()
    assert [problem.line("config.json") for problem in files.check(path, now)] == str(caught.value).splitlines()


def test_a_byte_order_mark_is_refused(path: Path, now: datetime) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(files.check(path, now)) == 1


def test_a_file_of_the_largest_size_is_read(path: Path, now: datetime) -> None:
    path.write_bytes(path.read_bytes().ljust(256 * 1024))
    assert files.check(path, now) == []


def test_a_missing_file_and_a_directory_are_one_line(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(model.BadConfig, match=r"^config\.json: cannot be read: No such file or directory$"):
        files.load(tmp_path / "config.json", now)
    (tmp_path / "config.json").mkdir()
    with pytest.raises(model.BadConfig, match=r"^config\.json: cannot be read: Is a directory$"):
        files.load(tmp_path / "config.json", now)


def test_an_endless_file_is_not_read_to_its_end(now: datetime) -> None:
    with pytest.raises(model.BadConfig, match="larger than"):
        files.load(Path("/dev/zero"), now)


def test_the_refusal_is_invalid_input_with_a_stable_code(path: Path, now: datetime) -> None:
    path.write_text("{}")
    with pytest.raises(model.BadConfig) as caught:
        files.load(path, now)
    assert caught.value.code == "bad_config"
    assert len(caught.value.problems) == len(str(caught.value).splitlines()) == 8


def test_a_readable_error_for_a_colour(path: Path, now: datetime) -> None:
    raw: Any = json.loads(path.read_bytes())
    raw["brand"]["colours"]["light"]["text_muted"] = "#999999"
    path.write_text(json.dumps(raw))
    assert files.check(path, now)[0].line("config.json") == (
        "config.json: /brand/colours/light/text_muted: has a contrast of 2.84:1 with surface; text needs at least 4.5:1"
    )
