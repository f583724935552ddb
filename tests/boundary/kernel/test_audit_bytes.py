"""The frozen bytes of audit leaves and heads, against hexadecimal written by hand."""

import hashlib
import struct
from datetime import UTC, datetime

import pytest

from boundary.kernel import audit_bytes, clock

ROOT = bytes(range(32))
CHAIN = bytes(range(32, 64))


def test_a_leaf_covers_id_time_and_payload_in_that_order() -> None:
    preimage = "00" + "0000000000000102" + "fffffffffffffffe" + "c0ffee"
    assert audit_bytes.leaf(258, -2, b"\xc0\xff\xee") == hashlib.sha256(bytes.fromhex(preimage)).digest()


def test_a_head_covers_its_domain_size_root_chain_and_time_in_that_order() -> None:
    expected = "61756469742d686561642f3100" + "0000000000000102" + ROOT.hex() + CHAIN.hex() + "0006000000000001"
    assert audit_bytes.head_bytes(258, ROOT, CHAIN, 0x0006000000000001).hex() == expected


def test_an_empty_log_has_a_head_too() -> None:
    assert audit_bytes.head_bytes(0, ROOT, CHAIN, 0)[13:21] == bytes(8)


def test_times_count_from_2000_as_in_postgresql() -> None:
    assert clock.to_micros(datetime(2000, 1, 1, tzinfo=UTC)) == audit_bytes.UNIX_MICROS_AT_2000


@pytest.mark.parametrize(
    "size, root, chain", [(-1, ROOT, CHAIN), (1, ROOT[:-1], CHAIN), (1, ROOT, CHAIN + b"\0"), (1, b"", CHAIN)]
)
def test_a_head_of_other_lengths_is_not_written(size: int, root: bytes, chain: bytes) -> None:
    with pytest.raises(ValueError, match="32-byte"):
        audit_bytes.head_bytes(size, root, chain, 0)


def test_numbers_beyond_64_bits_are_not_written() -> None:
    for identity, at in ((2**63, 0), (0, 2**63), (-(2**63) - 1, 0)):
        with pytest.raises(struct.error):
            audit_bytes.leaf(identity, at, b"")
    with pytest.raises(struct.error):
        audit_bytes.head_bytes(2**63, ROOT, CHAIN, 0)
