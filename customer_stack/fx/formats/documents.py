"""The signed documents: a quote, and the receipt of its use. RFC 8785 JSON of texts alone, so nothing is rounded by a
reader; Ed25519 over the format's name, a zero byte and the document. `boundary/verify/quote.py` checks them.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from boundary.kernel import canonical, money, primitives
from customer_stack.fx import model

QUOTE = "fx-quote/1"
RECEIPT = "fx-receipt/1"


def quote(
    number: UUID, account: UUID, priced: model.Priced, price: model.Computed, created: datetime, expires: datetime
) -> bytes:
    """All that was shown, part by part."""
    sells_base = price.sell == priced.pair.base
    body = {
        "account": str(account),
        "buy": _amount(price.buy, price.buy_minor),
        "client_rate": _plain(price.client_rate),
        "created_at": moment(created),
        "expires_at": moment(expires),
        "fee": _amount(price.sell, price.fee_minor),
        "fixed_side": price.side.value,
        "format": QUOTE,
        "pair": str(priced.pair),
        "quote": str(number),
        "reference": _rate(priced.reference) | {"rate": _plain(price.reference_rate)},
        "rounding": {
            "favours": "house",
            "posted_units": str(price.residue_units),
            "residue": price.residue,
            "rule": "down" if price.side is model.Side.SELL else "up",
            "side": price.residue_of.value,
        },
        "sell": _amount(price.sell, price.sell_minor),
        "spread": {"bp": str(price.tier.spread_bp), "tier": price.tier.name, "side": "bid" if sells_base else "ask"},
        "witness": _rate(priced.witness),
    }
    return canonical.json_bytes(body)


def receipt(found: model.Quote, conversion: UUID, transfers: list[UUID], at: datetime) -> bytes:
    """That the quote was used, by which conversion, and what the ledger then posted."""
    body = {
        "account": str(found.account),
        "conversion": str(conversion),
        "format": RECEIPT,
        "quote": str(found.id),
        "quote_sha256": primitives.sha256(found.document).hex(),
        "transfers": [str(each) for each in transfers],
        "used_at": moment(at),
    }
    return canonical.json_bytes(body)


def signed_bytes(format_: str, document: bytes) -> bytes:
    """What the signature is over."""
    return format_.encode() + b"\0" + document


def sign(seed: bytes, format_: str, document: bytes) -> bytes:
    return primitives.ed25519_sign(seed, signed_bytes(format_, document))


def moment(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _amount(code: str, minor: int) -> dict[str, str]:
    return {"amount": money.from_minor(minor, money.currency(code)).text(), "currency": code}


def _rate(rate: model.Stored) -> dict[str, Any]:
    return {
        "as_of": moment(rate.as_of),
        "ask": _plain(rate.ask),
        "bid": _plain(rate.bid),
        "fetched_at": moment(rate.fetched_at),
        "number": str(rate.id),
        "origin": rate.source.origin,
        "source": rate.source.adapter,
    }


def _plain(value: object) -> str:
    """Digits and a point, and no zeros at the end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
