"""The exact bytes that the audit log hashes and signs. Frozen: an outsider's verifier repeats them from this page.

* leaf = SHA-256 of `0x00 ‖ id ‖ at ‖ payload`: `id` and `at` as 8-byte big-endian signed integers, `at` in
  microseconds since 2000-01-01 UTC, which is how PostgreSQL sends a timestamptz, so that SQL alone can re-hash a row.
  The leading zero is RFC 9162's leaf domain: a leaf can never pass for an interior node.
* head = `"audit-head/1" ‖ 0x00 ‖ size ‖ root ‖ chain ‖ at`, integers of 8 bytes big-endian, `at` in Unix microseconds.
  This is what a tree head's Ed25519 signature covers.
"""

import hashlib
import struct

UNIX_MICROS_AT_2000 = 946_684_800_000_000

_ID_AND_TIME = struct.Struct(">qq")
_HEAD = struct.Struct(">13sq32s32sq")
_HEAD_DOMAIN = b"audit-head/1\0"
_HASH_SIZE = 32


def leaf(id: int, at_micros_2000: int, payload: bytes) -> bytes:  # noqa: A002 -- the name the proof document uses
    return hashlib.sha256(b"\x00" + _ID_AND_TIME.pack(id, at_micros_2000) + payload).digest()


def head_bytes(size: int, root: bytes, chain: bytes, at: int) -> bytes:
    if size < 0 or len(root) != _HASH_SIZE or len(chain) != _HASH_SIZE:  # struct would pad or cut in silence
        raise ValueError("a head is a size of at least 0 and two 32-byte hashes")
    return _HEAD.pack(_HEAD_DOMAIN, size, root, chain, at)
