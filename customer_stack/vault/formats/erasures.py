"""The erasure ledger's file: JSON that anybody can read, chained and signed so that nobody can change it.

* chain: `h(0)` is 32 zero bytes, `h(n) = SHA-256(0x00 ‖ h(n-1) ‖ subject, 16 bytes ‖ at, 8 bytes ‖ reason)`, `at` in
  microseconds since 1970 as a signed big-endian integer; entries stand in the order of `at`, then subject;
* signed (Ed25519): `"erasures/1" ‖ 0x00 ‖ count, 8 bytes ‖ made_at, 8 bytes ‖ h(count)`.

The audit log's key signs, under a domain of its own. The public key in the file only says which it was: the reader
brings those that it trusts.
"""

import struct
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import clock, primitives
from customer_stack.vault import model

FORMAT = "erasures/1"
_DOMAIN = b"erasures/1\0"
_SIGNED = struct.Struct(">qq32s")


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    subject: UUID
    at: int
    reason: model.Reason


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    made_at: int
    entries: tuple[_Entry, ...]
    head: str
    public_key: str
    signature: str


def encode(erasures: Sequence[model.Erasure], made_at: datetime, seed: bytes) -> bytes:
    """The whole file."""
    entries = sorted(
        (_Entry(each.subject, clock.to_micros(each.at), each.reason) for each in erasures),
        key=lambda entry: (entry.at, entry.subject),
    )
    at = clock.to_micros(made_at)
    head = _head(entries)
    file = _File(
        FORMAT,
        at,
        tuple(entries),
        head.hex(),
        primitives.ed25519_public(seed).hex(),
        primitives.ed25519_sign(seed, _signed(len(entries), at, head)).hex(),
    )
    return msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n"


def decode(data: bytes, public_keys: Collection[bytes]) -> model.Ledger:
    """What the file says, if one of these keys signed exactly that."""
    try:
        file = msgspec.json.decode(data, type=_File)
        claimed, signature = bytes.fromhex(file.head), bytes.fromhex(file.signature)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise model.LedgerRefused("not an erasure ledger") from None
    head = _head(file.entries)
    if file.format != FORMAT or head != claimed:
        raise model.LedgerRefused("the erasure ledger was changed")
    try:
        signed = _signed(len(file.entries), file.made_at, head)
        made_at = clock.from_micros(file.made_at)
        erasures = tuple(model.Erasure(each.subject, clock.from_micros(each.at), each.reason) for each in file.entries)
    except (struct.error, OverflowError):
        raise model.LedgerRefused("not an erasure ledger") from None
    if not any(primitives.ed25519_matches(key, signed, signature) for key in public_keys):
        raise model.LedgerRefused("the erasure ledger is not signed by a key that we know")
    return model.Ledger(erasures, made_at, head)


def _head(entries: Sequence[_Entry]) -> bytes:
    head = bytes(primitives.DIGEST_SIZE)
    for entry in entries:
        at = (entry.at & ((1 << 64) - 1)).to_bytes(8, "big")
        head = primitives.sha256(b"\0" + head + entry.subject.bytes + at + entry.reason.value.encode())
    return head


def _signed(count: int, made_at: int, head: bytes) -> bytes:
    return _DOMAIN + _SIGNED.pack(count, made_at, head)
