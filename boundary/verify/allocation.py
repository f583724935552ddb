"""Check how an omnibus order was shared out: `allocation.py ORDER.json --public-key HEX`.

The file is what `execution-stack allocation export` prints. For every version of the order's manifest: its root follows
from its members, the audit log that the key signed holds the manifest, and holds it before the order or its change
left. For every fill: each share is the exact proportion of what its intent still wanted under the version in force, by
largest remainder with ties to the earlier intent; lots, fees and improvement add up to the fill. A fill that was taken
back counts as none from there on. Prints one line; exit status 0 is valid, 1 is not valid, 2 is input that cannot be
judged. Runs alone; needs the package `cryptography` for Ed25519.
"""

import argparse
import hashlib
import itertools
import json
import re
import struct
import sys
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT, PROOF = "allocation/1", "audit-inclusion/1"
MANIFESTED, LEFT = "aggregation.manifested.v1", "aggregation.left.v1"
DOMAIN = b"allocation-manifest/1\0"
HEAD, MEMBER = struct.Struct(">16sq16sBqqqB"), struct.Struct(">16sqqq16sqq")
LARGEST_REMAINDER = 1
SIZE_MAX = 256 * 1024 * 1024
MAX = 2**63 - 1


class Unusable(Exception):  # noqa: N818 -- an answer, as the next one
    """The input is not such a document or not a key, so there is nothing to judge."""


class NotValid(Exception):  # noqa: N818 -- a verdict, not a fault of the program
    """A document that proves nothing, or that proves something else."""


class Manifest(NamedTuple):
    version: int
    names: list[tuple[Any, ...]]
    lots: list[int]


class Fill(NamedTuple):
    """As the document says it; nothing in it was looked at yet."""

    number: Any
    version: Any
    lots: Any
    fee: Any
    improvement: Any
    reverses: Any
    shares: Any


Shares = dict[int, tuple[int, int, int]]
"""By the member's number: lots, fee, improvement."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="allocation.py", description="Check how an omnibus order was shared out.")
    parser.add_argument("order", type=Path, help="the document that `execution-stack allocation export` printed")
    parser.add_argument("--public-key", required=True, help="the log's published Ed25519 key: 64 hexadecimal digits")
    options = parser.parse_args(arguments)
    try:
        key = hexadecimal(options.public_key.lower(), 32)
        line, status = f"VALID: {judge(read(options.order), key)}", 0
    except NotValid as reason:
        line, status = f"NOT VALID: {reason}", 1
    except Unusable as reason:
        line, status = f"UNUSABLE: {reason}", 2
    sys.stdout.write(line + "\n")
    return status


def judge(document: object, key: bytes) -> str:
    """What the document proves under this key, in a sentence."""
    name, order, manifests, fills = fields(document, "format", "order", "manifests", "fills")
    if name != FORMAT:
        raise Unusable(f"the format is not {FORMAT}")
    ref = reference(order)
    versions = [sealed(each, ref, key) for each in listed(manifests)]
    if not versions or [each.version for each in versions] != list(range(1, len(versions) + 1)):
        raise NotValid("the manifest's versions are not 1 and so on without a gap")
    for earlier, later in itertools.pairwise(versions):
        if later.names != earlier.names or any(new > old for new, old in zip(later.lots, earlier.lots, strict=True)):
            raise NotValid(
                f"version {later.version} adds somebody, or gives somebody more than version {earlier.version}"
            )
    filled = shared(listed(fills), versions)
    count = len(versions[0].names)
    return f"order {order}: {filled} lots in {len(listed(fills))} fills, shared exactly among {count} intents"


def sealed(document: object, order: bytes, key: bytes) -> Manifest:
    """One version, once its root was worked out and found in the log, before it left."""
    version, instrument, side, limit, members, proof, left = fields(
        document, "version", "instrument", "side", "limit_ticks", "members", "sealed", "left"
    )
    names: list[tuple[Any, ...]] = []
    lots: list[int] = []
    for each in listed(members):
        if type(each) is not list or len(each) != 6:
            raise Unusable("a member is not its channel, epoch, sequence, position, participant and lots")
        channel, epoch, sequence, position, participant, wanted = each
        numbers = [integer(number) for number in (epoch, sequence, position, wanted)]
        names.append((reference(channel), *numbers[:3], reference(participant)))
        lots.append(numbers[3])
    if len(set(names)) != len(names):
        raise NotValid("an intent is twice in a manifest")
    total = sum(lots)
    head = HEAD.pack(
        order, integer(version), reference(instrument), integer(side, 0, 1), integer(limit), total, len(names),
        LARGEST_REMAINDER,
    )  # fmt: skip
    rows = [MEMBER.pack(*name, wanted, number) for number, (name, wanted) in enumerate(zip(names, lots, strict=True))]
    root = tree_root([hashlib.sha256(b"\0" + each).digest() for each in (DOMAIN + head, *rows)])
    place, said = proved(proof, key)
    if said != [MANIFESTED, order, version, root, len(names), total]:
        raise NotValid(f"the log's entry is about another manifest than version {version}")
    after, said = proved(left, key)
    if said != [LEFT, order, version, root, total]:
        raise NotValid(f"what left was not version {version} of this manifest")
    if after <= place:
        raise NotValid(f"version {version} left before its manifest was in the log")
    return Manifest(integer(version), names, lots)


def shared(fills: list[Any], versions: list[Manifest]) -> int:
    """How many lots were filled, once every share of every fill was worked out and found the same."""
    had = [0] * len(versions[0].names)
    taken: dict[int, Shares] = {}
    for expected, document in enumerate(fills, start=1):
        fill = Fill(*fields(document, *Fill._fields))
        if integer(fill.number) != expected:
            raise NotValid("fills are not numbered from 1 without a gap")
        if fill.reverses is None:
            taken[expected] = due = shares_due(fill, versions, had)
            if said_shares(fill.shares) != due:
                raise NotValid(f"the shares of fill {expected} are not what the manifest gives")
            moved = {place: share[0] for place, share in due.items()}
        else:
            undone = taken.pop(integer(fill.reverses), None)
            if undone is None or listed(fill.shares):
                raise NotValid(f"fill {expected} takes back what is not there, or shares something at once")
            moved = {place: -share[0] for place, share in undone.items()}
        for place, lots in moved.items():
            had[place] += lots
    return sum(had)


def shares_due(fill: Fill, versions: list[Manifest], had: list[int]) -> Shares:
    """What each gets of a fill: in proportion to what it still wants under the version that was in force."""
    if not 1 <= integer(fill.version) <= len(versions):
        raise NotValid(f"fill {fill.number} is under a version that there is not")
    wanted = [max(each - got, 0) for each, got in zip(versions[fill.version - 1].lots, had, strict=True)]
    if integer(fill.lots, 1) > sum(wanted):
        raise NotValid(f"fill {fill.number} is larger than what was wanted")
    lots = divided(fill.lots, wanted)
    due = zip(lots, divided(integer(fill.fee), lots), divided(integer(fill.improvement), lots), strict=True)
    return {place: each for place, each in enumerate(due) if each[0]}


def said_shares(shares: object) -> Shares:
    found: Shares = {}
    for each in listed(shares):
        if type(each) is not list or len(each) != 4:
            raise Unusable("a share is not a member's number, lots, fee and improvement")
        place, *amounts = map(integer, each)
        if place in found:
            raise NotValid("somebody has two shares of one fill")
        found[place] = (amounts[0], amounts[1], amounts[2])
    return found


def divided(total: int, weights: list[int]) -> list[int]:
    """Largest remainder; ties to the earlier place."""
    whole = sum(weights)
    if whole == 0:
        if total:
            raise NotValid("something was shared among nobody")
        return [0] * len(weights)
    shares = [total * each // whole for each in weights]
    order = sorted(range(len(weights)), key=lambda place: (-(total * weights[place] % whole), place))
    for place in order[: total - sum(shares)]:
        shares[place] += 1
    return shares


def proved(document: object, key: bytes) -> tuple[int, list[Any]]:
    """The place in the log, and the content, of an entry that the key's signed head covers."""
    name, entry, seq, leaf, proof, head = fields(document, "format", "entry", "seq", "leaf", "proof", "head")
    if name != PROOF:
        raise Unusable(f"a proof is not of the format {PROOF}")
    entry_id, entry_at, payload = fields(entry, "id", "at_micros_2000", "payload")
    size, root, chain, at, signature = fields(head, "size", "root", "chain", "at", "signature")
    data = hexadecimal(payload)
    identity = struct.pack(">qq", integer(entry_id), integer(entry_at, -MAX))
    if hashlib.sha256(b"\0" + identity + data).digest() != hexadecimal(leaf, 32):
        raise NotValid("an entry does not hash to its leaf")
    path = [hexadecimal(each, 32) for each in listed(proof)]
    if root_from(hexadecimal(leaf, 32), integer(seq, 1) - 1, integer(size), path) != hexadecimal(root, 32):
        raise NotValid("a proof does not lead from the leaf to the root")
    signed = b"audit-head/1\0" + struct.pack(
        ">q32s32sq", integer(size), hexadecimal(root, 32), hexadecimal(chain, 32), integer(at)
    )
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(hexadecimal(signature, 64), signed)
    except (InvalidSignature, ValueError):
        raise NotValid("a tree head is not signed by this key") from None
    return integer(seq), unpacked(data)


def tree_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, from below: whoever is left over at the end of a level moves up as it is."""
    level = leaves
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [hashlib.sha256(b"\1" + left + right).digest() for left, right in pairs] + odd
    return level[0]


def root_from(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """RFC 9162 §2.1.3.2; `None` where the path is too long or too short for this place in this tree."""
    if not 0 <= index < size:
        return None
    place, last, digest = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            digest = hashlib.sha256(b"\1" + sibling + digest).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            digest = hashlib.sha256(b"\1" + digest + sibling).digest()
        place, last = place >> 1, last >> 1
    return digest if last == 0 else None


def unpacked(data: bytes) -> list[Any]:
    """A MessagePack array of short texts, byte strings and whole numbers: all that these two entries consist of."""
    if not data or data[0] & 0xF0 != 0x90:
        raise Unusable("an entry of the log is not a short array")
    values: list[Any] = []
    place, count = 1, data[0] & 0x0F
    sizes = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}
    try:
        for _ in range(count):
            mark, place = data[place], place + 1
            if mark < 0x80:
                values.append(mark)
            elif mark & 0xE0 == 0xA0:
                values.append(data[place : place + (mark & 0x1F)].decode("ascii"))
                place += mark & 0x1F
            elif mark in (0xD9, 0xC4):
                size, place = data[place], place + 1
                part = data[place : place + size]
                values.append(part if mark == 0xC4 else part.decode("ascii"))
                place += size
            else:
                values.append(int.from_bytes(data[place : place + sizes[mark]], "big"))
                place += sizes[mark]
    except (IndexError, KeyError, UnicodeDecodeError):
        raise Unusable("an entry of the log is not what this reads") from None
    if place != len(data):
        raise Unusable("an entry of the log has more than it says")
    return values


def read(path: Path) -> object:
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_MAX + 1)
    except (OSError, ValueError):  # ValueError: a path with a zero byte
        raise Unusable("the file cannot be read") from None
    if len(data) > SIZE_MAX:
        raise Unusable("the file is too large")
    try:
        document: object = json.loads(data.decode("utf-8"), object_pairs_hook=without_duplicates)
    except (ValueError, RecursionError):
        raise Unusable("the file is not JSON, or not plain JSON") from None
    return document


def without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) != len(pairs):
        raise Unusable("a key appears twice")
    return dict(pairs)


def fields(value: object, *names: str) -> list[Any]:
    if not isinstance(value, dict) or value.keys() != set(names):
        raise Unusable(f"expected exactly the fields {', '.join(names)}")
    return [value[name] for name in names]


def listed(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise Unusable("expected a list")
    return value


def integer(value: object, low: int = 0, high: int = MAX) -> int:
    if type(value) is not int or not low <= value <= high:  # bool is a subclass of int
        raise Unusable("a number is not a whole number, or out of its range")
    return value


def reference(value: object) -> bytes:
    try:
        found = uuid.UUID(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or str(found) != value:
        raise Unusable("a reference is not a UUID in its usual form")
    return found.bytes


def hexadecimal(value: object, size: int | None = None) -> bytes:
    if not isinstance(value, str) or not re.fullmatch("(?:[0-9a-f]{2})*", value):
        raise Unusable("a value is not lower-case hexadecimal")
    if size is not None and len(value) != 2 * size:
        raise Unusable(f"a value does not have {size} bytes")
    return bytes.fromhex(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
