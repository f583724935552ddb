"""How money comes, is converted and leaves in the demonstration: over public HTTP, with a bank that we only write to.

The customer is the one whom an officer identified. Nothing is remembered between runs: what is there is used, and each
run moves a little more.
"""

import base64
import binascii
import json
import secrets
import struct
import tempfile
import time
import zlib
from collections.abc import Callable
from typing import Any, TypeVar

from deploy.local import applications, onboarding, processes, visiting
from deploy.local.ports import Port

CASH, BANK = "customer cash", "bank"
SELL, BUY = "LKR", "USD"
AMOUNT, PART = "19870.00", "20.00"
PATIENCE = 40.0
LEVEL = 2
FILES = ("identity_front", "selfie")
PAYEE: dict[str, Any] = {
    "name": "Bastian Klee-Winter",
    "currency": BUY,
    "country": "US",
    "details": {
        "account_number": "000123456789",
        "bic": "CHASUS33",
        "bank_country": "US",
        "address": {"country": "US", "town": "Springfield", "street": "1 Example Avenue", "post_code": "00000"},
    },
}
T = TypeVar("T")


def until(look: Callable[[], T | None], otherwise: str) -> T:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if (found := look()) is not None:
            return found
        time.sleep(0.2)
    raise processes.LaunchError(f"{otherwise} within {PATIENCE:.0f} s")


# ---- known well enough to move money


def applied(visitor: visiting.Visitor) -> str:
    """An application for the level that money needs, with two pictures, submitted. Repeated, it goes on where it was."""
    mine = [each for each in visitor.get(onboarding.APPLICATIONS) if each["level"] == LEVEL]
    found = mine[0] if mine else visitor.post(onboarding.APPLICATIONS, {"level": LEVEL}, Idempotency_Key=_key())
    path = f"{onboarding.APPLICATIONS}/{found['id']}"
    if found["state"] in {"draft", "returned"}:
        there = {each["kind"] for each in found.get("uploads", ()) if each["state"] in {"clean", "scanning"}}
        for kind in FILES:
            if kind not in there:
                _uploaded(visitor, path, kind)
        _, _, headers = visitor.call("GET", path)
        visitor.call("POST", f"{path}/submit", onboarding.form(visitor), {"if-match": headers["etag"]})
    return str(found["id"])


def _uploaded(visitor: visiting.Visitor, application: str, kind: str) -> None:
    data = picture()
    file = visitor.post(f"{application}/uploads", {"kind": kind, "size": len(data)})["id"]
    visitor.put(f"/api/v1/kyc/uploads/{file}/parts/0", data)
    visitor.post(f"/api/v1/kyc/uploads/{file}/complete")


def picture() -> bytes:
    """A grey square with some noise: no document, and nobody's face."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", binascii.crc32(kind + data))

    rows = b"".join(b"\0" + bytes(120 + secrets.randbelow(16) for _ in range(32)) for _ in range(32))
    head = struct.pack(">IIBBBBB", 32, 32, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


# ---- quote, deposit, conversion


def quoted(visitor: visiting.Visitor) -> dict[str, Any]:
    wanted = {"sell": SELL, "buy": BUY, "amount": AMOUNT}
    found: dict[str, Any] = visitor.post("/api/v1/fx/quotes", wanted, Idempotency_Key=_key())
    return found


def deposited(visitor: visiting.Visitor, base: int) -> str:
    """The money arrives at the bank under the customer's reference; the bank says so by webhook."""
    reference = visitor.post("/api/v1/deposit-references", {"currency": SELL, "provider": BANK})["reference"]
    before = {each["id"] for each in visitor.get("/api/v1/deposits")["items"]}
    sent = {"currency": SELL, "amount": AMOUNT, "text": f"savings {reference}", "payer": PAYEE["name"]}
    visiting.Visitor(base + Port.BANK).post("/credits", sent)

    def arrived() -> dict[str, Any] | None:
        items = visitor.get("/api/v1/deposits")["items"]
        return next((each for each in items if each["id"] not in before), None)

    found = until(arrived, "the deposit was not heard of")
    if found["state"] != "booked":
        raise processes.LaunchError(f"the deposit is {found['state']}")
    return f"{found['amount']} {found['asset']} by {reference}, transfer {found['transfer']}"


def converted(visitor: visiting.Visitor, quote: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = visitor.post(f"/api/v1/fx/quotes/{quote['quote']}/accept", Idempotency_Key=_key())
    return found


def balances(visitor: visiting.Visitor) -> str:
    """Available, held and in total, of both currencies."""
    mine = {each["asset"]: each for each in visitor.get("/api/v1/balances") if each["kind"] == CASH}
    shown = [
        f"{code} {mine[code]['available']} available + {mine[code]['held']} held = {mine[code]['total']}"
        for code in (SELL, BUY)
        if code in mine
    ]
    return "; ".join(shown) or "nothing yet"


def postings(visitor: visiting.Visitor, transfer: str) -> list[str]:
    """What the ledger did, as the customer may see it: one transfer and all of their own that happened with it."""
    own = {each["account"]: each["asset"] for each in visitor.get("/api/v1/balances")}
    chain = visitor.get(f"/api/v1/transfers/{transfer}")["chain"]
    return [
        f"{each['amount']:>14} {each['asset']}  {'debit' if each['debit'] in own else 'credit'} of mine, "
        f"{each['kind']}, code {each['code']}, {each['transfer']}"
        for each in chain
    ]


def receipt_holds(command: Callable[..., str], key: str, quote: dict[str, Any], conversion: dict[str, Any]) -> str:
    """Both documents are checked without the platform, against its published key."""
    with (
        tempfile.NamedTemporaryFile("w", suffix=".json") as one,
        tempfile.NamedTemporaryFile("w", suffix=".json") as two,
    ):
        for file, content in ((one, quote), (two, conversion)):
            json.dump(content, file)
            file.flush()
        return command("fx", "verify-quote", one.name, "--receipt", two.name, "--public-key", key)


# ---- the way out


def withdrawn(visitor: visiting.Visitor) -> dict[str, Any]:
    """A part goes to an account of the customer's own abroad; the provider's webhook completes it."""
    mine = visitor.get("/api/v1/beneficiaries")["items"]
    payee = next((each for each in mine if each["name"] == PAYEE["name"]), None)
    payee = payee or visitor.post("/api/v1/beneficiaries", PAYEE)
    until(lambda: _usable(visitor, payee["id"]), "the beneficiary may not be paid")
    wanted = {"beneficiary": payee["id"], "amount": PART}
    made = visitor.post("/api/v1/withdrawals", wanted, Idempotency_Key=_key())

    def over() -> dict[str, Any] | None:
        found: dict[str, Any] = visitor.get(f"/api/v1/withdrawals/{made['id']}")
        return found if found["state"] in {"completed", "refused", "failed", "cancelled"} else None

    found = until(over, "the withdrawal was not completed")
    if found["state"] != "completed":
        raise processes.LaunchError(f"the withdrawal is {found['state']}: {found['reason']}")
    return found


def _usable(visitor: visiting.Visitor, payee: str) -> bool | None:
    return True if visitor.get(f"/api/v1/beneficiaries/{payee}")["usable"] else None


# ---- what finance does


def statement_read(finance: visiting.Visitor, base: int) -> str:
    """The bank's own statement names all of it again; nothing is booked twice."""
    status, text = applications.get(base + Port.BANK, f"/statement?currency={SELL}")
    if status != 200:
        raise processes.LaunchError(f"the bank draws no statement: {status}")
    content = base64.b64encode(text.encode()).decode()
    made = finance.post("/api/v1/admin/payments/statements", {"provider": BANK, "content": content})

    def over() -> dict[str, Any] | None:
        found: dict[str, Any] = finance.get(f"/api/v1/admin/payments/statements/{made['id']}")
        return found if found["state"] in {"done", "refused"} else None

    found = until(over, "the statement was not read")
    if found["state"] != "done" or found["booked"] or not found["lines"]:
        raise processes.LaunchError(f"the statement is {found['state']}, {found['booked']} booked {found['reason']}")
    return f"{found['lines']} lines read, {found['passed']} known already, {found['booked']} booked again"


def _key() -> str:
    return secrets.token_hex(16)
