"""The native core speaks the same words, is made from the sources beside it, and its build fails softly."""

import pathlib
import re
import shutil
import subprocess
import sys
import threading

import pytest

import hatch_build
from execution_stack.clob import model, native
from execution_stack.clob.formats import records
from execution_stack.clob.native import choosing
from execution_stack.clob.replay import flows

FOLDER = pathlib.Path(native.__file__).parent
SOURCES = sorted((*FOLDER.glob("*.hpp"), *FOLDER.glob("*.cpp")))
ENUMS = (model.Op, model.Side, model.Type, model.Tif, model.State, model.Kind, model.Reason)
BOUNDS = ("PRICE_MAX", "QUANTITY_MAX", "DISPLAY_MAX", "SLICES_MAX", "ID_MAX", "TIME_MAX", "LIMIT_MAX", "USERS_MAX", "ORDERS_MAX")  # fmt: skip


@pytest.mark.parametrize("enum", ENUMS, ids=lambda each: each.__name__)
def test_both_books_know_the_same_words(enum: type[model.enum.IntEnum]) -> None:
    text = (FOLDER / "words.hpp").read_text("utf-8")
    found = re.search(rf"enum {enum.__name__} : u8 \{{(.*?)\}}", text, re.DOTALL)
    assert found
    assert {name: int(value) for name, value in re.findall(r"(\w+) = (\d+)", found[1])} == {
        each.name: each.value for each in enum
    }


@pytest.mark.parametrize("name", BOUNDS)
def test_both_books_know_the_same_bounds(name: str) -> None:
    found = re.search(rf"{name} = ([^;]+);", (FOLDER / "words.hpp").read_text("utf-8"))
    assert found
    text = re.sub(r"[iu](64|32)\(([^)]*)\)", r"\2", found[1])
    base, _, shift = text.partition(" << ")
    assert int(base, 0) << int(shift or 0) == getattr(model, name)


@pytest.mark.parametrize("path", SOURCES, ids=lambda each: each.name)
def test_every_source_says_what_it_is(path: pathlib.Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith("// ")
    assert max(map(len, lines)) <= 120
    assert len(lines) <= 600
    assert not [line for line in lines if "\t" in line or line != line.rstrip()]


def test_what_is_built_was_built_from_what_stands_here() -> None:
    if native.core is None:
        assert not hatch_build.module(FOLDER).exists()
    else:
        assert hatch_build.source(FOLDER) == native.core.SOURCE


def copy(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "native"
    folder.mkdir()
    for path in SOURCES:
        shutil.copy(path, folder)
    return folder


def test_without_a_compiler_nothing_fails_and_somebody_is_told(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    assert hatch_build.compile_core(copy(tmp_path)) == "no C++ compiler here"


def test_a_compiler_that_fails_is_named_with_its_first_line(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = tmp_path / "c++"
    compiler.write_text("#!/bin/sh\necho no standard library >&2\nexit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    folder = copy(tmp_path)
    assert hatch_build.compile_core(folder) == f"{compiler} failed (no standard library)"
    assert [each.name for each in folder.iterdir() if each.suffix == ".so" or each.name.startswith(".build")] == []


def test_a_module_that_fits_its_sources_is_left_alone(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copy(tmp_path)
    hatch_build.module(folder).write_bytes(b"compiled from " + hatch_build.source(folder).encode())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    assert hatch_build.compile_core(folder) == ""
    (folder / "words.hpp").write_text("// changed\n")
    assert hatch_build.compile_core(folder) != ""


def test_asking_for_a_core_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "core", None)
    assert choosing.engine() == choosing.PYTHON
    assert choosing.make().live == 0
    with pytest.raises(model.NoNativeCore):
        choosing.make(choosing.NATIVE)


def test_the_books_work_where_the_core_cannot_be_imported() -> None:
    """As on a machine where it was not built: the import of it fails."""
    script = (
        "import sys; sys.modules['execution_stack.clob.native._core'] = None\n"
        "from execution_stack.clob.native import choosing\n"
        "assert choosing.engine() == 'python' and not choosing.built()\n"
    )
    subprocess.run(
        [sys.executable, "-c", script], check=True, cwd=hatch_build.pathlib.Path(hatch_build.__file__).parent
    )


def test_books_in_two_threads_do_not_disturb_each_other() -> None:
    engine = choosing.engine()
    rows = flows.mixed(choosing.make(), 20_000)
    packed = records.pack_commands(rows)
    books = [choosing.make(engine) for _ in range(2)]
    threads = [threading.Thread(target=book.run, args=(packed,)) for book in books]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert choosing.digest(books[0]) == choosing.digest(books[1])
