"""Snapshots: both books write the same bytes, go on from them, and refuse what no book wrote."""

import pytest

from execution_stack.clob import model
from execution_stack.clob.formats import snapshots
from execution_stack.clob.native import choosing
from tests.execution.clob import conftest, flows


def busy(engine: str, seed: int = 3, commands: int = 700) -> choosing.Book:
    book = choosing.make(engine)
    flow = flows.Flow(seed)
    for command in flow.commands(commands):
        flow.heard(book.run_rows((tuple(map(int, command)),)))
    return book


def test_what_is_written_is_read(engine: str) -> None:
    book = busy(engine)
    assert snapshots.write(snapshots.read(book.snapshot())) == book.snapshot()
    assert choosing.restore(choosing.sealed(book), engine).snapshot() == book.snapshot()


@pytest.mark.parametrize("size", [0, 31, 32, 100, -1, -33, -64])
def test_a_torn_snapshot_is_refused(engine: str, size: int) -> None:
    with pytest.raises(model.BadSnapshot):
        choosing.restore(choosing.sealed(busy(engine))[:size], engine)


def test_another_version_is_refused(engine: str) -> None:
    other = snapshots.MAGIC[:-1] + b"\x02" + busy(engine).snapshot()[8:]
    with pytest.raises(model.BadSnapshot, match="version"):
        choosing.restore(snapshots.seal(other), engine)


def test_a_changed_byte_is_seen_by_the_seal(engine: str) -> None:
    sealed = choosing.sealed(busy(engine))
    for at in range(0, len(sealed), 97):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(model.BadSnapshot):
            choosing.restore(changed, engine)


def test_behind_a_seal_both_books_refuse_the_same_bytes() -> None:
    """A byte at a time: either every book refuses it, or every book holds the same state, and writes it back."""
    snapshot = busy(conftest.ENGINES[0]).snapshot()
    assert len(snapshots.read(snapshot).parts[0]) > 0
    refused = 0
    for at in range(0, len(snapshot), 5):
        for flip in (0x01, 0x80):
            changed = snapshot[:at] + bytes([snapshot[at] ^ flip]) + snapshot[at + 1 :]
            answers = {_answer(changed, engine) for engine in conftest.ENGINES}
            assert len(answers) == 1, at
            refused += answers == {b""}
            assert answers <= {b"", changed}
    assert refused > 100


def _answer(snapshot: bytes, engine: str) -> bytes:
    try:
        return choosing.restore(snapshots.seal(snapshot), engine).snapshot()
    except model.BadSnapshot:
        return b""


def test_different_states_have_different_digests(engine: str) -> None:
    digests = {choosing.digest(busy(engine, commands=count)) for count in (10, 20, 40, 80)}
    assert len(digests) == 4
