"""Check that one audit entry is in the log that a published key signed: `inclusion.py PROOF.json --public-key HEX`.

The file is what `audit proof ID` prints. Three things must hold: the entry hashes to the leaf, the leaf and the proof
hash to the root (RFC 9162 §2.1.3.2), and the key signed a tree head with that root. Prints one line; exit status 0 is
valid, 1 is not valid, 2 is input that cannot be judged. Runs alone; needs the package `cryptography` for Ed25519.
"""

import argparse
import hashlib
import json
import re
import struct
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "audit-inclusion/1"
SIZE_MAX = 64 * 1024 * 1024
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
UNIX_MICROS_MAX = 253_402_300_799_999_999  # the end of the year 9999


class Unusable(Exception):  # noqa: N818 -- an answer, as the next one
    """The input is not a proof document or not a key, so there is nothing to judge."""


class NotValid(Exception):  # noqa: N818 -- a verdict, not a fault of the program
    """A proof document that proves nothing."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="inclusion.py", description="Check an audit inclusion proof.")
    parser.add_argument("proof", type=Path, help="the document that `audit proof ID` printed")
    parser.add_argument("--public-key", required=True, help="the log's published Ed25519 key: 64 hexadecimal digits")
    options = parser.parse_args(arguments)
    try:
        key = hexadecimal(options.public_key.lower(), 32)
        line, status = f"VALID: {judge(read(options.proof), key)}", 0
    except NotValid as reason:
        line, status = f"NOT VALID: {reason}", 1
    except Unusable as reason:
        line, status = f"UNUSABLE: {reason}", 2
    sys.stdout.write(line + "\n")
    return status


def read(path: Path) -> object:
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_MAX + 1)
    except (OSError, ValueError):  # ValueError: a path with a zero byte
        raise Unusable("the file cannot be read") from None
    if len(data) > SIZE_MAX:
        raise Unusable("the file is too large to be a proof")
    try:
        document: object = json.loads(data.decode("utf-8"), object_pairs_hook=without_duplicates)
    except (ValueError, RecursionError):  # what is not UTF-8, not JSON, too long a number or too deep
        raise Unusable("the file is not JSON, or not plain JSON") from None
    return document


def without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) != len(pairs):
        raise Unusable("a key appears twice")
    return dict(pairs)


def judge(document: object, key: bytes) -> str:
    """What the document proves under this key, in a sentence."""
    name, entry, seq, leaf, proof, head = fields(document, "format", "entry", "seq", "leaf", "proof", "head")
    if name != FORMAT:
        raise Unusable(f"the format is not {FORMAT}")
    entry_id, entry_at, payload = fields(entry, "id", "at_micros_2000", "payload")
    size, root, chain, at, signature = fields(head, "size", "root", "chain", "at", "signature")
    if type(proof) is not list:
        raise Unusable("the proof is not a list of hashes")

    leaf, root, path = hexadecimal(leaf, 32), hexadecimal(root, 32), [hexadecimal(each, 32) for each in proof]
    seq, size, entry_id = integer(seq), integer(size), integer(entry_id)
    preimage = b"\x00" + struct.pack(">qq", entry_id, integer(entry_at)) + hexadecimal(payload)
    signed_at = integer(at, 0, UNIX_MICROS_MAX)
    signed = b"audit-head/1\0" + struct.pack(">q32s32sq", size, root, hexadecimal(chain, 32), signed_at)
    seal = hexadecimal(signature, 64)

    if hashlib.sha256(preimage).digest() != leaf:
        raise NotValid("the entry does not hash to the leaf")
    if root_from(leaf, seq - 1, size, path) != root:
        raise NotValid("the proof does not lead from the leaf to the root")
    if not signature_holds(key, signed, seal):
        raise NotValid("the tree head is not signed by this key")
    moment = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=signed_at)).isoformat()
    return f"entry {entry_id} is number {seq} of the {size} entries that this key signed at {moment}"


def fields(value: object, *names: str) -> list[object]:
    if not isinstance(value, dict) or value.keys() != set(names):
        raise Unusable(f"expected exactly the fields {', '.join(names)}")
    return [value[name] for name in names]


def integer(value: object, low: int = INT64_MIN, high: int = INT64_MAX) -> int:
    if type(value) is not int or not low <= value <= high:  # bool is a subclass of int
        raise Unusable("a number is not a whole number of 64 bits, or out of its range")
    return value


def hexadecimal(value: object, size: int | None = None) -> bytes:
    if not isinstance(value, str) or not re.fullmatch("(?:[0-9a-f]{2})*", value):
        raise Unusable("a value is not lower-case hexadecimal")
    if size is not None and len(value) != 2 * size:
        raise Unusable(f"a value does not have {size} bytes")
    return bytes.fromhex(value)


def root_from(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """RFC 9162 §2.1.3.2; `None` where the path is too long or too short for this place in this tree."""
    if not 0 <= index < size:
        return None
    place, last, digest = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            digest = hashlib.sha256(b"\x01" + sibling + digest).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            digest = hashlib.sha256(b"\x01" + digest + sibling).digest()
        place, last = place >> 1, last >> 1
    return digest if last == 0 else None


def signature_holds(key: bytes, data: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
