"""Check that a published key signed a wall report: `report.py DIR --public-key HEX`.

DIR holds `report.json` and `report.sig`. The signature is Ed25519 over `"wall-report/1" ‖ 00 ‖ report.json`. Prints one
line; exit status 0 is signed by this key, 1 is not, 2 is input that cannot be judged. That a report is genuine does not
mean that it is good: the line says its verdict. Runs alone; needs the package `cryptography` for Ed25519.
"""

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "wall-report/1"
DOMAIN = b"wall-report/1\0"
SIZE_MAX = 64 * 1024 * 1024
VERDICTS = {"passed", "findings", "incomplete", "void"}


class Unusable(Exception):  # noqa: N818 -- an answer, as the next one
    """The input is not a report or not a key, so there is nothing to judge."""


class NotValid(Exception):  # noqa: N818 -- a verdict, not a fault of the program
    """A report that this key did not sign."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="report.py", description="Check the signature of a wall report.")
    parser.add_argument("folder", type=Path, help="the directory with report.json and report.sig")
    parser.add_argument("--public-key", required=True, help="the auditor's published key: 64 hexadecimal digits")
    options = parser.parse_args(arguments)
    try:
        key = hexadecimal(options.public_key.lower(), 32)
        data = read(options.folder / "report.json")
        signature = hexadecimal(read(options.folder / "report.sig").decode("ascii", "replace").strip(), 64)
        line, status = f"SIGNED: {judge(data, signature, key)}", 0
    except NotValid as reason:
        line, status = f"NOT SIGNED: {reason}", 1
    except Unusable as reason:
        line, status = f"UNUSABLE: {reason}", 2
    sys.stdout.write(line + "\n")
    return status


def read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_MAX + 1)
    except (OSError, ValueError):  # ValueError: a path with a zero byte
        raise Unusable(f"{path.name} cannot be read") from None
    if len(data) > SIZE_MAX:
        raise Unusable(f"{path.name} is too large to be a report")
    return data


def judge(data: bytes, signature: bytes, key: bytes) -> str:
    """What the key has signed, in a sentence."""
    try:
        document: object = json.loads(data.decode("utf-8"), object_pairs_hook=without_duplicates)
    except (ValueError, RecursionError):
        raise Unusable("report.json is not JSON, or not plain JSON") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Unusable(f"the format is not {FORMAT}")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, DOMAIN + data)
    except (InvalidSignature, ValueError):
        raise NotValid("the report is not signed by this key, or was changed since") from None
    part, verdict, made_at = (document.get(name) for name in ("part", "verdict", "made_at"))
    if verdict not in VERDICTS or part not in {"execution", "customer", "merged"} or not isinstance(made_at, str):
        raise Unusable("the report does not say what it is")
    digest = hashlib.sha256(data).hexdigest()
    return f"{part} report of {made_at}, verdict {verdict}, SHA-256 {digest}"


def without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) != len(pairs):
        raise Unusable("a key appears twice")
    return dict(pairs)


def hexadecimal(value: str, size: int) -> bytes:
    if not re.fullmatch("(?:[0-9a-f]{2})*", value) or len(value) != 2 * size:
        raise Unusable(f"a key or signature is not {size} bytes in lower-case hexadecimal")
    return bytes.fromhex(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
