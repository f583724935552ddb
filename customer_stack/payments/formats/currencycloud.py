"""Currencycloud's API of version 2: forms in, JSON out, notifications with an HMAC of SHA-512 over the raw body.

Samples with address and date: `tests/customer/payments/payloads/currencycloud_*.json`. A payment's own key is its
`unique_request_id`; a second one with the same is turned away by the provider.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from customer_stack.payments.formats import decimals
from customer_stack.payments.model.hooks import BadEvent, Incoming, Kind, Seen
from customer_stack.payments.model.payouts import Found, Payout, Sent, Standing, Verdict
from customer_stack.payments.model.rails import Rail

SIGNATURE = "x-hmac-digest-sha-512"
DUPLICATE = "unique_request_id"
_REGULAR = frozenset({Rail.SEPA, Rail.FPS, Rail.ACH})
_STANDING = {
    "completed": Standing.COMPLETED,
    "failed": Standing.FAILED,
    "deleted": Standing.FAILED,
    "released": Standing.PENDING,
    "new": Standing.PENDING,
    "ready_to_send": Standing.PENDING,
    "submitted": Standing.PENDING,
    "authorised": Standing.PENDING,
    "awaiting_authorisation": Standing.PENDING,
    "suspended": Standing.PENDING,
}


class Payment(msgspec.Struct, frozen=True):
    """What we read of a payment; the vendor may add members."""

    id: str
    status: str
    currency: str = ""
    unique_request_id: str | None = None
    failure_reason: str | None = None
    failure_returned_amount: str | None = None


class Payments(msgspec.Struct, frozen=True):
    payments: list[Payment]


class Created(msgspec.Struct, frozen=True):
    id: str


class Token(msgspec.Struct, frozen=True):
    auth_token: str


class Header(msgspec.Struct, frozen=True):
    message_type: str
    notification_type: str = ""


class Notification(msgspec.Struct, frozen=True):
    header: Header
    body: dict[str, Any]


def beneficiary(payout: Payout) -> dict[str, str]:
    """`POST /v2/beneficiaries/create`. Empty fields are left out."""
    details, address = payout.details, payout.details.address
    routing = {"aba": details.aba, "sort_code": details.sort_code.partition("/")[0]}
    kind, value = next(((kind, value) for kind, value in routing.items() if value), ("", ""))
    country = details.bank_country or (details.iban[:2] if details.iban else "") or (address.country if address else "")
    form = {
        "name": payout.name,
        "bank_account_holder_name": payout.name,
        "currency": payout.currency,
        "bank_country": country,
        "iban": details.iban,
        "bic_swift": details.bic,
        "account_number": details.account_number or details.sort_code.partition("/")[2],
        "routing_code_type_1": kind,
        "routing_code_value_1": value,
        "payment_types[]": _type(payout),
        "beneficiary_country": address.country if address else "",
        "beneficiary_city": address.town if address else "",
        "beneficiary_address": address.street if address else "",
        "beneficiary_postcode": address.post_code if address else "",
    }
    return {name: value for name, value in form.items() if value}


def payment(payout: Payout, beneficiary_id: str) -> dict[str, str]:
    """`POST /v2/payments/create`."""
    return {
        "currency": payout.currency,
        "beneficiary_id": beneficiary_id,
        "amount": decimals.shown(payout.minor, payout.currency),
        "reason": "Withdrawal",
        "reference": payout.reference,
        "payment_type": _type(payout),
        "unique_request_id": payout.key,
    }


def _type(payout: Payout) -> str:
    return "regular" if payout.rail in _REGULAR else "priority"


def sent(status: int, body: bytes) -> Sent:
    """What the answer to a payment means. A key that was used is read back: it is ours."""
    if status in {200, 201}:
        try:
            return Sent(Verdict.ACCEPTED, msgspec.json.decode(body, type=Payment).id)
        except msgspec.MsgspecError:
            return Sent(Verdict.UNKNOWN, code="answer_unreadable")
    if status == 409 or (status == 400 and DUPLICATE.encode() in body):
        return Sent(Verdict.UNKNOWN, code="duplicate_key")
    return by_status(status)


def by_status(status: int) -> Sent:
    """For every vendor alike: turned away at the door, refused, or who knows."""
    if status in {401, 403, 429}:
        return Sent(Verdict.LATER, code=f"http_{status}")
    if status == 408 or status >= 500 or status < 400:
        return Sent(Verdict.UNKNOWN, code=f"http_{status}")
    return Sent(Verdict.REFUSED, code=f"http_{status}")


def found(status: int, body: bytes) -> Found:
    if status == 404:
        return Found(Standing.NONE)
    if status != 200:
        return Found(Standing.UNKNOWN, code=f"http_{status}")
    try:
        if b'"payments"' in body:
            several = msgspec.json.decode(body, type=Payments).payments
            return standing(several[0]) if several else Found(Standing.NONE)
        return standing(msgspec.json.decode(body, type=Payment))
    except msgspec.MsgspecError:
        return Found(Standing.UNKNOWN, code="answer_unreadable")


def standing(payment_: Payment) -> Found:
    returned = None
    if payment_.failure_returned_amount and payment_.currency:
        returned = decimals.read(payment_.failure_returned_amount, payment_.currency) or None
    known = _STANDING.get(payment_.status, Standing.UNKNOWN)
    return Found(known, payment_.id, (payment_.failure_reason or "")[:64], returned)


def event(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> Incoming:
    """A notification, signed with one of the secrets."""
    given = headers.get(SIGNATURE, "")
    if not any(hmac.compare_digest(given.encode(), _digest(secret, body).encode()) for secret in secrets):
        raise BadEvent(Seen.FORGED)
    try:
        said = msgspec.json.decode(body, type=Notification)
        if said.header.message_type == "payment":
            found_ = standing(msgspec.convert(said.body, Payment))
            key = f"{found_.external}/{said.header.notification_type}/{said.body.get('updated_at', '')}"
            return Incoming(
                key=key, kind=Kind.PAYOUT, external=found_.external, standing=found_.standing.value, code=found_.code,
                reference=str(said.body.get("unique_request_id") or ""), minor=found_.returned_minor or 0,
            )  # fmt: skip
        if said.header.message_type == "cash_manager_transaction":
            return _funds(said.body)
    except (msgspec.MsgspecError, ValueError, KeyError):
        raise BadEvent(Seen.MALFORMED) from None
    return Incoming(key=f"{said.header.message_type}/{said.body.get('id', '')}", kind=Kind.OTHER)


def _funds(body: dict[str, Any]) -> Incoming:
    """Money that came to an account of ours and is settled; what is pending is no money yet."""
    settled = body["status"] == "completed" and body["type"] == "credit" and body["action"] == "funding"
    currency = str(body["currency"])
    day = _day(str(body.get("completed_at") or body["created_at"]))
    return Incoming(
        key=f"{body['id']}/{body['status']}",
        kind=Kind.FUNDS if settled else Kind.OTHER,
        external=str(body["account_id"]),
        currency=currency,
        minor=decimals.read(str(body["amount"]), currency),
        day=day,
        texts=(str(body.get("reason") or "")[:512],),
    )


def _day(text: str) -> int:
    return date.fromisoformat(text[:10]).toordinal()


def _digest(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()
