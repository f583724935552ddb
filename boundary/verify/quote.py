"""Check a signed quote, and the receipt of its use: `quote.py QUOTE.json --public-key HEX [--receipt RECEIPT.json]`.

QUOTE.json is what the API answered: the whole answer, or its `signed` part, an object of `document` and `signature`. Four
things must hold: the key signed the document (Ed25519 over "fx-quote/1" ‖ 00 ‖ document), the document is in the one
form of RFC 8785 that its content has, the customer's rate is the source's rate and the stated spread, and the amounts
follow from that rate, the fee and the stated rounding, with exactly the stated residue. A receipt must be signed by the
same key and name the digest of this very quote. The key is the one that the operator publishes; a key that a file brings
proves nothing. Prints one line; exit status 0 is valid, 1 is not valid, 2 is input that cannot be judged. Runs alone;
needs the package `cryptography` for Ed25519.
"""

import argparse
import hashlib
import json
import re
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

QUOTE, RECEIPT = "fx-quote/1", "fx-receipt/1"
SIZE_MAX = 1 << 20
BP = 10_000
NUMBER = re.compile(r"(0|[1-9][0-9]{0,37})(\.[0-9]{1,18})?")
SIDES = {"sell", "buy"}


class Unusable(Exception):  # noqa: N818 -- an answer, as the next one
    """The input is not a signed quote or not a key, so there is nothing to judge."""


class NotValid(Exception):  # noqa: N818 -- a verdict, not a fault of the program
    """A document that this key did not sign, or that contradicts itself."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="quote.py", description="Check a signed quote and the receipt of its use.")
    parser.add_argument("quote", type=Path, help="the quote as the API answered it")
    parser.add_argument("--public-key", required=True, help="the operator's published key: 64 hexadecimal digits")
    parser.add_argument("--receipt", type=Path, help="the conversion as the API answered it")
    options = parser.parse_args(arguments)
    try:
        key = hexadecimal(options.public_key.lower(), 32)
        document, said = signed(options.quote, "signed", QUOTE, key)
        line = judge(said)
        if options.receipt is not None:
            line += f"; {used(signed(options.receipt, 'receipt', RECEIPT, key)[1], document)}"
        line, status = f"VALID: {line}", 0
    except NotValid as reason:
        line, status = f"NOT VALID: {reason}", 1
    except Unusable as reason:
        line, status = f"UNUSABLE: {reason}", 2
    sys.stdout.write(line + "\n")
    return status


def signed(path: Path, part: str, format_: str, key: bytes) -> tuple[bytes, dict[str, Any]]:
    """The document of a file and what it says, once the key has signed it."""
    outer = parsed(read(path))
    inner = outer.get(part, outer)
    if not isinstance(inner, dict) or not isinstance(inner.get("document"), str):
        raise Unusable(f"{path.name} has no document")
    document = inner["document"].encode()
    said = parsed(document)
    if said.get("format") != format_:
        raise Unusable(f"{path.name} does not hold a document of the format {format_}")
    signature = hexadecimal(inner.get("signature"), 64)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, format_.encode() + b"\0" + document)
    except (InvalidSignature, ValueError):
        raise NotValid(f"{path.name} is not signed by this key, or was changed since") from None
    if json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() != document:
        raise NotValid(f"{path.name} is not in its canonical form")
    return document, said


def judge(said: dict[str, Any]) -> str:
    """What the quote promises, in a sentence, if its parts make its whole."""
    try:
        rate, sells_base = client_rate(said)
        amounts(said, rate, sells_base=sells_base)
        sell, buy = said["sell"], said["buy"]
        return (
            f"quote {said['quote']}: {sell['amount']} {sell['currency']} for {buy['amount']} {buy['currency']}"
            f" at {said['client_rate']} until {said['expires_at']}"
        )
    except (KeyError, TypeError, AttributeError, ZeroDivisionError):
        raise Unusable("the document lacks a part, or a part is of another kind") from None


def client_rate(said: dict[str, Any]) -> tuple[Fraction, bool]:
    """The source's rate of the stated side, and the stated spread on the side that favours the house."""
    base, _, quote = said["pair"].partition("/")
    sells_base = said["sell"]["currency"] == base
    if {said["sell"]["currency"], said["buy"]["currency"]} != {base, quote}:
        raise NotValid("the amounts are not in the currencies of the pair")
    side, reference = said["spread"]["side"], said["reference"]
    if side != ("bid" if sells_base else "ask") or number(reference["rate"]) != number(reference[side]):
        raise NotValid("the reference rate is not the source's for this direction")
    spread = int(number(said["spread"]["bp"]))
    rate = number(reference["rate"]) * Fraction(BP - spread if sells_base else BP + spread, BP)
    if number(said["client_rate"]) != rate:
        raise NotValid("the customer's rate is not the reference rate and the spread")
    witness = said["witness"]
    if witness["source"] == reference["source"] or witness["origin"] == reference["origin"]:
        raise NotValid("both rates are of one source")
    return rate, sells_base


def amounts(said: dict[str, Any], rate: Fraction, *, sells_base: bool) -> None:
    """The amount that was not named follows from the one that was, and the residue is what rounding left."""
    (sold, sell_unit), (bought, buy_unit) = money(said["sell"]), money(said["buy"])
    fee, _ = money(said["fee"])
    if said["fee"]["currency"] != said["sell"]["currency"] or fee >= sold:
        raise NotValid("the fee is not part of what is sold")
    per_sell = rate if sells_base else 1 / rate
    rounding = said["rounding"]
    if said["fixed_side"] == "sell":
        rule, side, residue = "down", "buy", ((sold - fee) * per_sell - bought) / buy_unit
    elif said["fixed_side"] == "buy":
        rule, side, residue = "up", "sell", (sold - fee - bought / per_sell) / sell_unit
    else:
        raise Unusable("the document does not say which side is fixed")
    if (rounding["rule"], rounding["side"], rounding["favours"]) != (rule, side, "house"):
        raise NotValid("the rounding is not what belongs to this side")
    if not 0 <= residue < 1:
        raise NotValid("the amounts do not follow from the rate and the fee")
    if Fraction(rounding["residue"]) != residue:
        raise NotValid("the residue is not what rounding left")


def used(said: dict[str, Any], document: bytes) -> str:
    """That the receipt is of this quote."""
    if said.get("quote_sha256") != hashlib.sha256(document).hexdigest():
        raise NotValid("the receipt is of another quote")
    return f"used at {said.get('used_at')} by conversion {said.get('conversion')}"


def money(value: dict[str, Any]) -> tuple[Fraction, Fraction]:
    """An amount, and the smallest unit that its places show."""
    amount = value["amount"]
    places = len(amount.partition(".")[2])
    return number(amount), Fraction(1, 10**places)


def number(text: str) -> Fraction:
    if not NUMBER.fullmatch(text):
        raise Unusable("a number is not plain digits")
    return Fraction(Decimal(text))


def read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_MAX + 1)
    except (OSError, ValueError):  # ValueError: a path with a zero byte
        raise Unusable(f"{path.name} cannot be read") from None
    if len(data) > SIZE_MAX:
        raise Unusable(f"{path.name} is too large")
    return data


def parsed(data: bytes) -> dict[str, Any]:
    try:
        document: object = json.loads(data.decode("utf-8"), object_pairs_hook=without_duplicates)
    except (ValueError, RecursionError):
        raise Unusable("not JSON, or not plain JSON") from None
    if not isinstance(document, dict):
        raise Unusable("not a JSON object")
    return document


def without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) != len(pairs):
        raise Unusable("a key appears twice")
    return dict(pairs)


def hexadecimal(value: object, size: int) -> bytes:
    if not isinstance(value, str) or not re.fullmatch("(?:[0-9a-f]{2})*", value) or len(value) != 2 * size:
        raise Unusable(f"a key or signature is not {size} bytes in lower-case hexadecimal")
    return bytes.fromhex(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
