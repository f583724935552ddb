"""Check signed heads that a stack exported: `heads.py FILE --customer-key HEX --execution-key HEX`.

FILE is what `channel heads --json` prints. Of each head, the Ed25519 signature must be over its statement, and the audit
head's over its bytes, by a key that is given here: the file's own keys prove nothing. All that is compared is read from
the signed bytes. Within an epoch a signer's statements only grow, and where both speak of one place they say the same.

statement = "wire-statement/1" ‖ 00 ‖ channel 16 ‖ MessagePack [tag, time, sent, received, audit, key, empty], tag 190 by
the customer stack and 290 by the execution stack; sent and received are [epoch, sequence, messages, head].
Exit status 0: all hold. 1: something does not. 2: input that cannot be judged. Runs alone; needs `cryptography`.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "channel-heads/1"
DOMAIN = b"wire-statement/1\0"
AUDIT_DOMAIN = b"audit-head/1\0"
SIZE_MAX = 256 * 1024 * 1024
SIGNERS = {190: "customer", 290: "execution"}
INTEGERS = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}


class Unusable(Exception):  # noqa: N818 -- an answer, as the next one
    """The input is not an export or not a key, so there is nothing to judge."""


class NotValid(Exception):  # noqa: N818 -- a verdict, not a fault of the program
    """Heads that these keys did not sign, or that contradict each other."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="heads.py", description="Check exported signed heads.")
    parser.add_argument("file", type=Path, nargs="+", help="what `channel heads --json` printed, of one stack or both")
    for signer in SIGNERS.values():
        parser.add_argument(f"--{signer}-key", action="append", default=[], help=f"published by the {signer} stack")
    options = parser.parse_args(arguments)
    try:
        keys = {
            name: {hexadecimal(text.lower(), 32) for text in getattr(options, f"{name}_key")}
            for name in SIGNERS.values()
        }
        heads = [each for path in options.file for each in read(path)]
        line, status = f"VALID: {judge(heads, keys)}", 0
    except NotValid as reason:
        line, status = f"NOT VALID: {reason}", 1
    except Unusable as reason:
        line, status = f"UNUSABLE: {reason}", 2
    sys.stdout.write(line + "\n")
    return status


def read(path: Path) -> list[dict[str, str]]:
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_MAX + 1)
        document = json.loads(data.decode("utf-8")) if len(data) <= SIZE_MAX else None
    except (OSError, ValueError, RecursionError):
        raise Unusable(f"{path.name} is not a readable JSON file") from None
    heads = document.get("heads") if isinstance(document, dict) and document.get("format") == FORMAT else None
    if not isinstance(heads, list) or not all(isinstance(each, dict) for each in heads):
        raise Unusable(f"{path.name} is not of the format {FORMAT}")
    return heads


def judge(heads: list[dict[str, str]], keys: dict[str, set[bytes]]) -> str:
    """What holds, in a sentence."""
    found = sorted(opened(each, keys) for each in heads)
    if not found:
        raise Unusable("there are no heads")
    places: dict[tuple[bytes, str, int, int], tuple[str, int, bytes]] = {}
    before: dict[tuple[bytes, str, int], list[Any]] = {}
    for channel, signer, at, sent, received, audit in found:
        other = "execution" if signer == "customer" else "customer"
        for speaker, (epoch, sequence, messages, head) in ((signer, sent), (other, received)):
            place = (channel, speaker, epoch, sequence)
            held = places.setdefault(place, (signer, messages, head))
            if held[1:] != (messages, head):
                raise NotValid(f"core {epoch}.{sequence} of the {speaker} stack is stated in two ways")
        now = [sent[:2], received[:2], audit[0]]
        last = before.get((channel, signer, sent[0]), now)
        if any(a < b for a, b in zip(now, last, strict=True)):
            raise NotValid(f"the {signer} stack stated less at {at} than before")
        before[channel, signer, sent[0]] = now
        said = places.setdefault((b"audit", signer, sent[0], audit[0]), (signer, 0, audit[1] + audit[2]))
        if said[2] != audit[1] + audit[2]:
            raise NotValid(f"the {signer} stack's audit log is stated in two ways at {audit[0]} entries")
    signed = {name: sum(each[1] == name for each in found) for name in SIGNERS.values()}
    epochs = len({each[3][0] for each in found})
    return f"{epochs} epochs, {signed['customer']} heads of the customer stack, {signed['execution']} of the execution stack, no contradiction"


def opened(head: dict[str, str], keys: dict[str, set[bytes]]) -> tuple[Any, ...]:
    """What was signed, once it is known that it was, by a key that was given."""
    try:
        statement, signature, audit, audit_signature = (
            hexadecimal(head[name]) for name in ("statement", "signature", "audit", "audit_signature")
        )
        if not statement.startswith(DOMAIN):
            raise Unusable("a statement is of another kind")
        body = iter(statement[len(DOMAIN) + 16 :])
        tag, at, sent, received, (size, root, chain, audit_at, audit_key, stated), key, empty = unpack(body)
        if next(body, None) is not None or empty or stated != audit_signature:
            raise Unusable("a statement has more or less in it than it must")
        signer = SIGNERS[tag]
    except (KeyError, TypeError, ValueError, StopIteration, AttributeError):
        raise Unusable("a head is not what `channel heads --json` prints") from None
    expected = AUDIT_DOMAIN + size.to_bytes(8, "big") + root + chain + audit_at.to_bytes(8, "big")
    if audit != expected or key not in keys[signer] or audit_key not in keys[signer]:
        raise NotValid(f"heads of the {signer} stack are signed with a key that was not given, or are put together")
    for data, by, mark in ((statement, key, signature), (audit, audit_key, audit_signature)):
        try:
            Ed25519PublicKey.from_public_bytes(by).verify(mark, data)
        except (InvalidSignature, ValueError):
            raise NotValid(f"a signature of the {signer} stack does not verify") from None
    return statement[len(DOMAIN) : len(DOMAIN) + 16], signer, at, sent, received, (size, root, chain)


def unpack(data: Iterator[int]) -> Any:
    """The few forms of MessagePack that heads are made of."""
    first = next(data)
    if first < 0x80:
        return first
    if first & 0xF0 == 0x90:
        return [unpack(data) for _ in range(first & 0x0F)]
    if first in INTEGERS:
        return int.from_bytes(bytes(next(data) for _ in range(INTEGERS[first])), "big")
    if first == 0xC4:
        return bytes([next(data) for _ in range(next(data))])
    raise ValueError("another form")


def hexadecimal(value: str, size: int | None = None) -> bytes:
    if not re.fullmatch("(?:[0-9a-f]{2})*", value) or (size is not None and len(value) != 2 * size):
        raise Unusable("a key, statement or signature is not bytes in lower-case hexadecimal")
    return bytes.fromhex(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
