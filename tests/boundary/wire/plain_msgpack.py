"""MessagePack written a second time from its specification, for lists, whole numbers and bytes: shares no code with ours.

It can also be told to write a node wrongly, which is how the attack tables are made.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple


class Raw(NamedTuple):
    """Bytes that stand where a value should."""

    data: bytes


Node = int | bytes | list["Node"] | Raw


def encode(node: Node) -> bytes:
    match node:
        case Raw(data):
            return data
        case int():
            return _number(node)
        case bytes():
            return b"\xc4" + bytes([len(node)]) + node
        case _:
            return _array_header(len(node)) + b"".join(map(encode, node))


def _number(value: int) -> bytes:
    if value < 0x80:
        return bytes([value])
    for mark, form, limit in (
        (0xCC, ">B", 1 << 8),
        (0xCD, ">H", 1 << 16),
        (0xCE, ">I", 1 << 32),
        (0xCF, ">Q", 1 << 64),
    ):
        if value < limit:
            return bytes([mark]) + struct.pack(form, value)
    raise ValueError(value)


def _array_header(count: int) -> bytes:
    return bytes([0x90 | count]) if count < 16 else b"\xdc" + struct.pack(">H", count)


def from_json(value: object) -> Node:
    """The JSON form that `export.as_json` describes: refs and hexadecimal digits are the only strings in it."""
    match value:
        case int():
            return value
        case str():
            return bytes.fromhex(value.replace("-", ""))
        case list():
            return [from_json(each) for each in value]
        case _:
            raise TypeError(value)


def nodes(node: Node, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Node]]:
    yield path, node
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from nodes(each, (*path, index))


def replaced(node: Node, path: tuple[int, ...], other: Node) -> Node:
    if not path:
        return other
    assert isinstance(node, list)
    first, *rest = path
    return [replaced(each, tuple(rest), other) if index == first else each for index, each in enumerate(node)]


def other_forms(node: Node) -> Iterator[Node]:
    """Everything that a lenient decoder could take for the same value, and some that none should."""
    yield from (Raw(b"\xc0"), Raw(b"\xc2"), Raw(b"\xc3"), Raw(b"\x80"), Raw(b"\xa0"), Raw(b"\xd4\x05\x00"))
    match node:
        case int():
            yield from _numbers_written_otherwise(node)
        case bytes():
            yield from _bytes_written_otherwise(node)
        case list():
            yield from _lists_written_otherwise(node)


def _numbers_written_otherwise(value: int) -> Iterator[Node]:
    least = len(_number(value))
    wide = ((0xCC, ">B", 8), (0xCD, ">H", 16), (0xCE, ">I", 32), (0xCF, ">Q", 64), (0xD3, ">q", 63), (0xD2, ">i", 31))
    for mark, form, bits in wide:
        if value < 1 << bits and (struct.calcsize(form) + 1 > least or mark in {0xD2, 0xD3}):
            yield Raw(bytes([mark]) + struct.pack(form, value))
    yield Raw(b"\xcb" + struct.pack(">d", value))
    yield Raw(b"\xca" + struct.pack(">f", value))
    yield Raw(b"\xa1" + str(value)[:1].encode())


def _bytes_written_otherwise(value: bytes) -> Iterator[Node]:
    size = len(value)
    yield Raw(b"\xc5" + struct.pack(">H", size) + value)
    yield Raw(b"\xc6" + struct.pack(">I", size) + value)
    yield Raw(b"\xd9" + bytes([size]) + value)
    yield Raw(b"\xda" + struct.pack(">H", size) + value)
    yield Raw(b"\xc7" + bytes([size]) + b"\x05" + value)
    yield from (value[:-1], value + b"\0", Raw(b"\xc4" + bytes([size + 1]) + value))
    yield Raw(b"\xd9\x24" + f"{value[:16].hex():0<36}".encode())


def _lists_written_otherwise(value: list[Node]) -> Iterator[Node]:
    items = b"".join(map(encode, value))
    yield Raw(b"\xdd" + struct.pack(">I", len(value)) + items)
    if len(value) < 16:
        yield Raw(b"\xdc" + struct.pack(">H", len(value)) + items)
        yield Raw(bytes([0x80 | len(value)]) + b"".join(encode(n) + encode(each) for n, each in enumerate(value)))
    yield [*value, 0]
    yield [*value, Raw(b"\xc0")]
    yield [*value, *value]
    yield value[:-1]
