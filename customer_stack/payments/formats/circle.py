"""Circle Mint's business account: wires and payouts as JSON, notifications as signed messages of AWS SNS.

Samples with address and date: `tests/customer/payments/payloads/circle_*.json`. Each payout has a destination of its
own, made under the same idempotency key, so a payout whose number we never learnt is found by its destination.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa

from customer_stack.payments.formats import currencycloud, decimals, openpayd
from customer_stack.payments.model.hooks import BadEvent, Incoming, Kind, Seen
from customer_stack.payments.model.payouts import Found, Payout, Sent, Standing, Verdict

FRESH = timedelta(hours=1)
"""How old a message may be. SNS tries again for an hour; what comes later is read back from the API."""
_STANDING = {"pending": Standing.PENDING, "complete": Standing.COMPLETED, "failed": Standing.FAILED}
_SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")


class Money(msgspec.Struct, frozen=True):
    amount: str
    currency: str


class Return(msgspec.Struct, frozen=True):
    amount: Money
    status: str
    reason: str = ""


class Wire(msgspec.Struct, frozen=True):
    id: str


class PayoutObject(msgspec.Struct, frozen=True, rename="camel"):
    """What we read of a payout; the vendor may add members."""

    id: str
    status: str
    error_code: str | None = None
    return_: Return | None = msgspec.field(name="return", default=None)
    destination: Wire | None = None


class Deposit(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    status: str
    amount: Money
    create_date: str
    tracking_ref: str | None = None


class One(msgspec.Struct, frozen=True):
    data: PayoutObject


class Many(msgspec.Struct, frozen=True):
    data: list[PayoutObject]


class OneWire(msgspec.Struct, frozen=True):
    data: Wire


class Envelope(msgspec.Struct, frozen=True):
    Type: str
    MessageId: str
    TopicArn: str
    Message: str
    Timestamp: str
    Signature: str
    SignatureVersion: str
    Subject: str | None = None


class Message(msgspec.Struct, frozen=True, rename="camel"):
    notification_type: str
    payout: PayoutObject | None = None
    deposit: Deposit | None = None


def wire(payout: Payout, key: str) -> dict[str, Any]:
    """`POST /v1/businessAccount/banks/wires`."""
    details, address = payout.details, payout.details.address
    billing = {
        "name": payout.name,
        "city": address.town if address else "",
        "country": address.country if address else "US",
        "line1": address.street if address else "",
        "postalCode": address.post_code if address else "",
    }
    body: dict[str, Any] = {
        "idempotencyKey": key,
        "billingDetails": {name: value for name, value in billing.items() if value},
        "bankAddress": {"country": details.bank_country or (address.country if address else "US")},
    }
    if details.iban:
        return body | {"iban": details.iban}
    return body | {"accountNumber": details.account_number, "routingNumber": details.aba or details.bic}


def payout(wanted: Payout, key: str, destination: str) -> dict[str, Any]:
    """`POST /v1/businessAccount/payouts`."""
    return {
        "idempotencyKey": key,
        "destination": {"type": "wire", "id": destination},
        "amount": {"amount": decimals.shown(wanted.minor, wanted.currency), "currency": wanted.currency},
    }


def sent(status: int, body: bytes) -> Sent:
    if status not in {200, 201}:
        return currencycloud.by_status(status)
    try:
        return Sent(Verdict.ACCEPTED, msgspec.json.decode(body, type=One).data.id)
    except msgspec.MsgspecError:
        return Sent(Verdict.UNKNOWN, code="answer_unreadable")


def found(status: int, body: bytes, *, destination: str = "") -> Found:
    """One payout, or those to a destination, which no other payout has. What is for another one is not ours, and then
    nothing was learnt: the filter was not heeded.
    """
    if status == 404:
        return Found(Standing.NONE)
    if status != 200:
        return Found(Standing.UNKNOWN, code=f"http_{status}")
    try:
        if destination:
            all_ = msgspec.json.decode(body, type=Many).data
            ours = [each for each in all_ if each.destination is not None and each.destination.id == destination]
            if all_ and not ours:
                return Found(Standing.UNKNOWN, code="others_listed")
            return standing(ours[0]) if ours else Found(Standing.NONE)
        return standing(msgspec.json.decode(body, type=One).data)
    except msgspec.MsgspecError:
        return Found(Standing.UNKNOWN, code="answer_unreadable")


def standing(each: PayoutObject) -> Found:
    back = each.return_
    if back is not None and back.status == "complete":
        minor = decimals.read(back.amount.amount, back.amount.currency)
        return Found(Standing.RETURNED, each.id, back.reason[:64], minor)
    return Found(_STANDING.get(each.status, Standing.UNKNOWN), each.id, (each.error_code or "")[:64])


def signed_text(envelope: Envelope) -> bytes:
    """What SNS signs: names and values of a notification, each on a line, an absent subject left out."""
    parts = [(name, getattr(envelope, name)) for name in _SIGNED]
    return "".join(f"{name}\n{value}\n" for name, value in parts if value is not None).encode()


def event(
    keys: Sequence[rsa.RSAPublicKey], topics: Sequence[str], _headers: Mapping[str, str], body: bytes, now: datetime
) -> Incoming:
    """A notification of one of our topics, signed with SHA256withRSA (signature version 2), not older than an hour."""
    try:
        envelope = msgspec.json.decode(body, type=Envelope)
    except msgspec.MsgspecError:
        raise BadEvent(Seen.MALFORMED) from None
    good = envelope.Type == "Notification" and envelope.SignatureVersion == "2" and envelope.TopicArn in topics
    if not good or not openpayd.signed(keys, signed_text(envelope), envelope.Signature):
        raise BadEvent(Seen.FORGED)
    try:
        at = datetime.fromisoformat(envelope.Timestamp)
        said = msgspec.json.decode(envelope.Message, type=Message)
        if abs(now - at) > FRESH:
            raise BadEvent(Seen.STALE)
        return _event(envelope.MessageId, said)
    except (msgspec.MsgspecError, ValueError, TypeError):
        raise BadEvent(Seen.MALFORMED) from None


def _event(key: str, said: Message) -> Incoming:
    if said.notification_type == "payouts" and said.payout is not None:
        found_ = standing(said.payout)
        return Incoming(
            key=key, kind=Kind.PAYOUT, external=found_.external, standing=found_.standing.value, code=found_.code,
            minor=found_.returned_minor or 0,
        )  # fmt: skip
    if said.notification_type == "deposits" and said.deposit is not None and said.deposit.status == "complete":
        got = said.deposit
        return Incoming(
            key=f"deposit/{got.id}", kind=Kind.FUNDS, currency=got.amount.currency,
            minor=decimals.read(got.amount.amount, got.amount.currency),
            day=date.fromisoformat(got.create_date[:10]).toordinal(), texts=((got.tracking_ref or "")[:512],),
        )  # fmt: skip
    return Incoming(key=key, kind=Kind.OTHER)
