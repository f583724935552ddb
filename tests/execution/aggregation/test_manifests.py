"""A manifest's root: the bytes that outsiders repeat, and no two manifests alike."""

import hashlib
import uuid

import msgspec
import pytest

from boundary.kernel import merkle
from execution_stack.aggregation import model
from execution_stack.aggregation.formats import manifests

ORDER, INSTRUMENT, CHANNEL, FIRST, SECOND = (uuid.UUID(int=each << 76 | 4 << 76 | 2 << 62 | each) for each in range(5))
MANIFEST = model.Manifest(
    ORDER,
    3,
    INSTRUMENT,
    0,
    55,
    (model.Member(0, CHANNEL, 1, 9, 0, FIRST, 40), model.Member(1, CHANNEL, 1, 9, 1, SECOND, 2)),
)


def number(value: int) -> bytes:
    return value.to_bytes(8, "big")


def test_the_root_is_over_the_head_and_each_member_byte_for_byte_as_the_page_says() -> None:
    head = (
        b"allocation-manifest/1\0" + ORDER.bytes + number(3) + INSTRUMENT.bytes + b"\0" + number(55) + number(42)
        + number(2) + b"\1"
    )  # fmt: skip
    rows = [
        CHANNEL.bytes + number(1) + number(9) + number(each.position) + each.participant.bytes + number(each.lots)
        + number(each.number)
        for each in MANIFEST.members
    ]  # fmt: skip
    leaves = [hashlib.sha256(b"\0" + each).digest() for each in (head, *rows)]
    left = hashlib.sha256(b"\1" + leaves[0] + leaves[1]).digest()
    assert manifests.root(MANIFEST) == hashlib.sha256(b"\1" + left + leaves[2]).digest() == merkle.root(leaves)


def test_an_order_asks_for_the_lots_of_its_members() -> None:
    assert MANIFEST.lots == 42


@pytest.mark.parametrize(
    "change",
    [
        {"order": FIRST},
        {"version": 4},
        {"instrument": FIRST},
        {"side": 1},
        {"limit_ticks": 56},
        {"members": MANIFEST.members[:1]},
        {"members": (MANIFEST.members[0], MANIFEST.members[1]._replace(lots=3))},
        {"members": (MANIFEST.members[0], MANIFEST.members[1]._replace(participant=FIRST))},
        {"members": (MANIFEST.members[0], MANIFEST.members[1]._replace(position=2))},
        {"members": MANIFEST.members[::-1]},
    ],
)
def test_every_part_of_a_manifest_is_in_its_root(change: dict[str, object]) -> None:
    assert manifests.root(msgspec.structs.replace(MANIFEST, **change)) != manifests.root(MANIFEST)
