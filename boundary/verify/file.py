"""Check that a published key signed the compliance file of a customer: `file.py FILE --public-key HEX [--audit-key HEX]`.

FILE is one line of JSON in canonical form (RFC 8785). The signature is Ed25519 over `"compliance-file/1" ‖ 00 ‖` the
canonical bytes of everything but the signature. Each verdict in it must be the bytes that its hash is over. With the
audit log's key each proof in it is checked as well (RFC 9162 §2.1.3.2), and whether the entry that it proves holds the
verdicts' hashes. Prints one line; exit status 0 holds, 1 does not, 2 is input that cannot be judged. Runs alone; needs
the package `cryptography` for Ed25519.
"""

import argparse
import hashlib
import json
import re
import struct
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "compliance-file/1"
DOMAIN = b"compliance-file/1\0"
SIZE_MAX = 256 * 1024 * 1024
FIELDS = {"account", "at", "format", "parts", "signature"}
WHOLE_MAX = 2**53


class Unusable(Exception):  # noqa: N818 -- an answer, as the next one
    """The input is not a file of this kind or not a key, so there is nothing to judge."""


class NotValid(Exception):  # noqa: N818 -- a verdict, not a fault of the program
    """A file that this key did not sign, or that contradicts itself."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="file.py", description="Check the signed compliance file of a customer.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--public-key", required=True, help="the key that signs files: 64 hexadecimal digits")
    parser.add_argument("--audit-key", help="the audit log's key: 64 hexadecimal digits")
    options = parser.parse_args(arguments)
    try:
        audit = None if options.audit_key is None else hexadecimal(options.audit_key.lower(), 32)
        line, status = f"VALID: {judge(read(options.file), hexadecimal(options.public_key.lower(), 32), audit)}", 0
    except NotValid as reason:
        line, status = f"NOT VALID: {reason}", 1
    except Unusable as reason:
        line, status = f"UNUSABLE: {reason}", 2
    sys.stdout.write(line + "\n")
    return status


def read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_MAX + 1)
    except (OSError, ValueError):  # ValueError: a path with a zero byte
        raise Unusable("the file cannot be read") from None
    if len(data) > SIZE_MAX:
        raise Unusable("the file is too large")
    return data


def judge(data: bytes, key: bytes, audit: bytes | None) -> str:
    """What holds, in a sentence."""
    document = parsed(data)
    if canonical(document) != data:
        raise NotValid("the file is not in its canonical form")
    body = {name: value for name, value in document.items() if name != "signature"}
    if not signature_holds(key, DOMAIN + canonical(body), hexadecimal(document["signature"], 64)):
        raise NotValid("the file is not signed by this key")
    hashes = verdicts(document["parts"].get("clearance", []))
    said = f"account {document['account']}, {len(hashes)} verdicts, parts {', '.join(sorted(document['parts']))}"
    if audit is None:
        return said
    proved_ = logged(document["parts"].get("audit", {}), audit)
    covered = sum(each in proved_ for each in hashes)
    if covered < len(hashes) and not left_out(document["parts"].get("audit", {})):
        raise NotValid("a verdict is in no proved entry of the audit log")
    return f"{said}; {covered} verdicts proved in the audit log"


def parsed(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=without_duplicates, parse_float=refused)
    except (ValueError, RecursionError):  # what is not UTF-8, not JSON, too long a number or too deep
        raise Unusable("the file is not JSON, or not plain JSON") from None
    if not isinstance(document, dict) or document.keys() != FIELDS or document["format"] != FORMAT:
        raise Unusable(f"the file is not of the format {FORMAT}")
    if not isinstance(document["parts"], dict) or not isinstance(document["signature"], str):
        raise Unusable("the file has no parts or no signature")
    plain(document)
    return document


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise Unusable("a key appears twice")
    return dict(pairs)


def refused(_text: str) -> Any:
    raise Unusable("a number is not whole")


def plain(value: Any) -> None:
    """Only what has one canonical form that this program knows how to write."""
    if isinstance(value, dict):
        for name, each in value.items():
            if not name.isascii():
                raise Unusable("a name is not ASCII")
            plain(each)
    elif isinstance(value, list):
        for each in value:
            plain(each)
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) >= WHOLE_MAX:
        raise Unusable("a number is beyond what canonical JSON holds")


def canonical(value: Any) -> bytes:
    """RFC 8785 for what `plain` lets through: names in the order of their letters, no blank, no escape but the needed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")


def verdicts(found: Any) -> list[bytes]:
    """The hashes of the verdicts, each over its own row."""
    try:
        rows = [(hexadecimal(each["row"]), hexadecimal(each["hash"], 32), each) for each in found]
    except (TypeError, KeyError):
        raise Unusable("the verdicts are not what a file of this format holds") from None
    for row, hashed, each in rows:
        if hashlib.sha256(row).digest() != hashed:
            raise NotValid("a verdict does not hash to what is stated")
        for name in ("verdict", "operation"):
            if bytes.fromhex(each[name].replace("-", "")) not in row:
                raise NotValid("a verdict is described otherwise than it was hashed")
    return [hashed for _, hashed, _ in rows]


def logged(part: Any, key: bytes) -> bytes:
    """The payloads of all entries whose proofs hold, one after the other."""
    try:
        return b"".join(proved(each, key) for each in part["proofs"])
    except (TypeError, KeyError, AttributeError, struct.error):
        raise Unusable("the proofs are not what a file of this format holds") from None


def left_out(part: Any) -> bool:
    """Whether the file says that some entries are not in it."""
    return bool(part.get("older_left_out") or part.get("not_sealed_yet"))


def proved(document: Any, key: bytes) -> bytes:
    """The payload of an entry, once it is known that the log which this key signed holds it."""
    entry, head = document["entry"], document["head"]
    payload = hexadecimal(entry["payload"])
    leaf = hashlib.sha256(b"\x00" + struct.pack(">qq", entry["id"], entry["at_micros_2000"]) + payload).digest()
    root = hexadecimal(head["root"], 32)
    signed = b"audit-head/1\0" + struct.pack(
        ">q32s32sq", head["size"], root, hexadecimal(head["chain"], 32), head["at"]
    )
    path = [hexadecimal(each, 32) for each in document["proof"]]
    if root_from(leaf, document["seq"] - 1, head["size"], path) != root:
        raise NotValid("a proof does not lead from its entry to the root")
    if not signature_holds(key, signed, hexadecimal(head["signature"], 64)):
        raise NotValid("a tree head is not signed by the audit log's key")
    return payload


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


def hexadecimal(value: Any, size: int | None = None) -> bytes:
    if not isinstance(value, str) or not re.fullmatch("(?:[0-9a-f]{2})*", value):
        raise Unusable("a value is not lower-case hexadecimal")
    if size is not None and len(value) != 2 * size:
        raise Unusable(f"a value does not have {size} bytes")
    return bytes.fromhex(value)


def signature_holds(key: bytes, data: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
