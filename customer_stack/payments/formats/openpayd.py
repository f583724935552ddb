"""OpenPayd's API: JSON both ways, an idempotency key in a header, webhooks signed by SHA256withRSA over the raw body.

Samples with address and date: `tests/customer/payments/payloads/openpayd_*.json`.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from cryptography import exceptions
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from customer_stack.payments.formats import currencycloud, decimals
from customer_stack.payments.model.hooks import BadEvent, Incoming, Kind, Seen
from customer_stack.payments.model.payouts import Found, Payout, Sent, Standing, Verdict
from customer_stack.payments.model.rails import Rail

SIGNATURE = "signature"
IDEMPOTENCY = "IDEMPOTENCY-KEY"
HOLDER = "X-ACCOUNT-HOLDER-ID"
_TYPES = {
    Rail.SEPA: "SEPA",
    Rail.SEPA_INSTANT: "SEPA_INSTANT",
    Rail.FPS: "FASTER_PAYMENTS",
    Rail.CHAPS: "CHAPS",
    Rail.SWIFT: "SWIFT",
}
_STANDING = {
    "INITIATED": Standing.PENDING,
    "PROCESSING": Standing.PENDING,
    "RELEASED": Standing.PENDING,
    "COMPLETED": Standing.COMPLETED,
    "FAILED": Standing.FAILED,
    "CANCELLED": Standing.FAILED,
}


class Token(msgspec.Struct, frozen=True, rename="camel"):
    access_token: str = msgspec.field(name="access_token")
    account_holder_id: str
    expires_in: int = msgspec.field(name="expires_in", default=0)


class Amount(msgspec.Struct, frozen=True):
    value: Any
    currency: str


class Transaction(msgspec.Struct, frozen=True, rename="camel"):
    """What we read of a transaction; the vendor may add members."""

    id: str
    status: str
    type: str = "PAYOUT"
    reference: str | None = None
    failure_reason: str | None = None
    original_transaction_id: str | None = None
    internal_account_id: str | None = None
    account_id: str | None = None
    amount: Amount | None = None
    created_date: str | None = None
    updated_date: str | None = None


class Page(msgspec.Struct, frozen=True, rename="camel"):
    """`total_elements` of all pages; who leaves it out is taken to have shown everything that fits on one."""

    content: list[Transaction]
    total_elements: int = 0


class Account(msgspec.Struct, frozen=True, rename="camel"):
    internal_account_id: str


PAGE = 100


def payout(wanted: Payout, account: str) -> dict[str, Any]:
    """`POST /api/transactions/beneficiaryPayout`: the beneficiary stands in the request itself."""
    details, address = wanted.details, wanted.details.address
    sort_code, _, number = details.sort_code.partition("/")
    payee = {
        "bankAccountHolderName": wanted.name,
        "bankAccountCurrency": wanted.currency,
        "bankAccountCountry": details.bank_country or details.iban[:2] or (address.country if address else ""),
        "iban": details.iban,
        "bic": details.bic,
        "accountNumber": details.account_number or number,
        "bankRoutingCodes": [{"routingCodeKey": "SORT_CODE", "routingCodeValue": sort_code}] if sort_code else [],
        "beneficiaryCountry": address.country if address else "",
        "beneficiaryCity": address.town if address else "",
        "beneficiaryAddress": address.street if address else "",
        "beneficiaryPostcode": address.post_code if address else "",
    }
    return {
        "accountId": account,
        "amount": {"currency": wanted.currency, "value": decimals.shown(wanted.minor, wanted.currency)},
        "paymentType": _TYPES[wanted.rail],
        "reference": wanted.key,
        "beneficiary": {name: value for name, value in payee.items() if value},
    }


def sent(status: int, body: bytes) -> Sent:
    if status not in {200, 201, 202}:
        return currencycloud.by_status(status)
    try:
        return Sent(Verdict.ACCEPTED, msgspec.json.decode(body, type=Transaction).id)
    except msgspec.MsgspecError:
        return Sent(Verdict.UNKNOWN, code="answer_unreadable")


def found(status: int, body: bytes, key: str) -> Found:
    """One transaction, or a page of them that ours should stand on. Where others fill the page, or more pages follow,
    that ours is not among them says nothing: it is not "never heard of", after which it would be sent again.
    """
    if status == 404:
        return Found(Standing.NONE)
    if status != 200:
        return Found(Standing.UNKNOWN, code=f"http_{status}")
    try:
        if b'"content"' in body:
            page = msgspec.json.decode(body, type=Page)
            ours = [each for each in page.content if each.reference == key and each.type == "PAYOUT"]
            if not ours and (len(page.content) >= PAGE or page.total_elements > len(page.content)):
                return Found(Standing.UNKNOWN, code="more_pages")
            return standing(ours[0]) if ours else Found(Standing.NONE)
        return standing(msgspec.json.decode(body, type=Transaction))
    except msgspec.MsgspecError:
        return Found(Standing.UNKNOWN, code="answer_unreadable")


def standing(each: Transaction) -> Found:
    known = _STANDING.get(each.status, Standing.UNKNOWN)
    return Found(known, each.id, (each.failure_reason or "")[:64])


def public_keys(pems: Sequence[str]) -> tuple[rsa.RSAPublicKey, ...]:
    keys = [serialization.load_pem_public_key(each.encode()) for each in pems]
    return tuple(key for key in keys if isinstance(key, rsa.RSAPublicKey))


def signed(keys: Sequence[rsa.RSAPublicKey], data: bytes, signature: str) -> bool:
    try:
        tag = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    for key in keys:
        try:
            key.verify(tag, data, padding.PKCS1v15(), hashes.SHA256())
        except exceptions.InvalidSignature:
            continue
        return True
    return False


def event(keys: Sequence[rsa.RSAPublicKey], headers: Mapping[str, str], body: bytes) -> Incoming:
    if not signed(keys, body, headers.get(SIGNATURE, "")):
        raise BadEvent(Seen.FORGED)
    try:
        said = msgspec.json.decode(body, type=Transaction)
        return _event(said)
    except (msgspec.MsgspecError, ValueError):
        raise BadEvent(Seen.MALFORMED) from None


def _event(said: Transaction) -> Incoming:
    key = f"{said.type}/{said.id}/{said.status}"
    minor = decimals.read(str(said.amount.value), said.amount.currency) if said.amount else 0
    if said.type == "PAYOUT":
        found_ = standing(said)
        return Incoming(
            key=key, kind=Kind.PAYOUT, external=said.id, reference=said.reference or "", standing=found_.standing.value,
            code=found_.code,
        )  # fmt: skip
    if said.type == "RETURN_IN" and said.status == "COMPLETED":
        return Incoming(
            key=key, kind=Kind.PAYOUT, external=said.original_transaction_id or "", reference=said.reference or "",
            standing=Standing.RETURNED.value, code=(said.failure_reason or "returned")[:64], minor=minor,
        )  # fmt: skip
    if said.type == "PAYIN" and said.status == "COMPLETED" and said.amount:
        day = date.fromisoformat((said.updated_date or said.created_date or "")[:10])
        return Incoming(
            key=key, kind=Kind.FUNDS, external=said.internal_account_id or said.account_id or "",
            currency=said.amount.currency, minor=minor, day=day.toordinal(), texts=((said.reference or "")[:512],),
        )  # fmt: skip
    return Incoming(key=key, kind=Kind.OTHER)
