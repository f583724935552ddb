"""The auditor's own reading of packed rows: the layouts of the stack that writes them, and nothing that fits no bound."""

import pytest

from boundary.privacy import closed_types
from boundary.privacy.prove import packed
from execution_stack.clob import model
from execution_stack.clob.formats import batches, journal, pictures, records, snapshots
from execution_stack.clob.repo import journal as rows
from execution_stack.clob.service import matching

ENTRIES = [
    journal.Entry(1, model.Command(14, type=1)),
    journal.Entry(1, model.Command(13, user=7, quantity=5, price=5, stop=1 << 50)),
    *(journal.Entry(1, model.Command(1, at % 2, 0, 0, 7, at, 100, 5), at) for at in range(1, 20)),
    journal.Entry(1, model.Command(1, 0, 0, 5, 8, 20, 90, 50, 0, 10, 10**15), 21),
    journal.Entry(1, model.Command(5, time=5)),
]


def matched() -> tuple[bytes, bytes, list[bytes]]:
    """A row of the journal, of the batches, and the parts of a snapshot, as the stack writes them."""
    payload = journal.write(ENTRIES)
    matcher = matching.Matcher()
    found = matcher.match(matching.range_of([rows.Row(1, len(ENTRIES), None, None, None, payload)], 1))
    return payload, found.payloads[0], list(pictures.split(matcher.books()))


def test_the_layouts_are_those_that_are_written() -> None:
    pairs = [
        (packed.COMMAND, journal.RECORD),
        (packed.SECTION, batches.SECTION),
        (packed.EVENT, records.EVENT),
        (packed.PART, pictures.PART),
        (packed.FILLED, pictures.FILLED_ROW),
    ]
    assert [ours.format for ours, _ in pairs] == [theirs.format for _, theirs in pairs]
    sizes = (packed.HEADER.size, packed.ORDER.size, packed.PARTICIPANT.size)
    assert sizes == (snapshots.HEADER_SIZE, snapshots.ORDER_SIZE, snapshots.PARTICIPANT_SIZE)
    assert packed.HEADER_MAGIC == snapshots.MAGIC
    assert set(packed.JUDGES) <= set(closed_types.CODED_COLUMNS.values())


def test_what_the_stack_writes_is_taken() -> None:
    command, event, parts = matched()
    assert packed.commands(command)
    assert packed.events(event)
    assert len(parts) >= 3
    assert all(packed.books(part) for part in parts)


@pytest.mark.parametrize("judge", sorted(packed.JUDGES))
def test_text_a_cut_row_and_one_byte_more_are_refused(judge: str) -> None:
    command, event, parts = matched()
    fits = packed.JUDGES[judge]
    real = {"commands": [command], "events": [event], "books": parts}[judge]
    for data in real:
        assert fits(data)
        assert not fits(data + b"\0")
        assert not fits(data[:-1])
        assert not fits(b"")
        middle = len(data) // 2
        assert not fits(
            data[:middle] + b"Nimal Perera, Colombo 07, +94 77 123 45 67"[: len(data) - middle] + data[middle + 42 :]
        )
    assert not fits(b"Nimal Perera, born 1984-02-29, NIC 841234567V, of 12 Galle Road!")


@pytest.mark.parametrize("at", range(packed.COMMAND.size // 8))
def test_a_number_out_of_bounds_is_refused_wherever_it_stands(at: int) -> None:
    row = journal.write([ENTRIES[2]])
    assert packed.commands(row)
    assert not packed.commands(row[: at * 8] + b"\xff" * 8 + row[at * 8 + 8 :])
