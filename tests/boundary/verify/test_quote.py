"""The stand-alone verifier of quotes: what the product signed holds, and nothing else does."""

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from boundary.kernel import canonical, errors, primitives
from boundary.verify import quote as verifier
from customer_stack.fx import model
from customer_stack.fx.formats import documents
from customer_stack.fx.model import policy
from customer_stack.fx.rules import pricing

SEED, OTHER = bytes(range(32)), bytes(range(1, 33))
KEY = primitives.ed25519_public(SEED).hex()
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TERMS = policy.Terms(
    base="USD", quote="LKR", feeds=(policy.PROVIDER, policy.CENTRAL_BANK), fee_bp=10, single_max=10**15
)
Document = dict[str, Any]


def priced(bid: str = "300.10", ask: str = "301.20") -> model.Priced:
    sources = (model.Source("currencycloud", "https://a.example"), model.Source("cbsl", "https://b.example"))
    rates = [
        model.Stored(n, source, TERMS.pair, Decimal(bid), Decimal(ask), NOW, NOW, bytes(32))
        for n, source in enumerate(sources)
    ]
    return model.Priced(TERMS.pair, *rates)


def document(asked: pricing.Asked, board: model.Priced | None = None, fee_bp: int = 10, spread_bp: int = 50) -> bytes:
    terms = policy.Terms(base="USD", quote="LKR", feeds=TERMS.feeds, fee_bp=fee_bp, single_max=10**15)
    found = board or priced()
    price = pricing.computed(terms, found, model.Tier("individual", spread_bp), asked, pricing.Scales(2, 6))
    return documents.quote(UUID(int=1), UUID(int=2), found, price, NOW, NOW + timedelta(minutes=5))


GOOD = document(pricing.Asked("LKR", "USD", model.Side.SELL, 30_000_00))


def saved(path: Path, text: bytes, seed: bytes = SEED, format_: str = documents.QUOTE) -> Path:
    signature = documents.sign(seed, format_, text).hex()
    path.write_text(json.dumps({"document": text.decode(), "signature": signature}))
    return path


def verdict(path: Path, *more: str, key: str = KEY) -> int:
    return verifier.main([str(path), "--public-key", key, *more])


def test_what_was_signed_is_valid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict(saved(tmp_path / "q", GOOD)) == 0
    assert capsys.readouterr().out.startswith(
        "VALID: quote 00000000-0000-0000-0000-000000000001: 30000.00 LKR for 99.00"
    )


def test_the_same_document_signed_again_with_another_key_is_not(tmp_path: Path) -> None:
    path = saved(tmp_path / "q", GOOD, OTHER)
    assert verdict(path) == 1
    assert verdict(path, key=primitives.ed25519_public(OTHER).hex()) == 0


def change(*keys: str, to: str) -> Callable[[Document], None]:
    def work(said: Document) -> None:
        *way, last = keys
        for key in way:
            said = said[key]
        said[last] = to

    return work


TAMPERED = {
    "a better rate": change("client_rate", to="301"),
    "another reference": change("reference", "rate", to="300.10"),
    "another source's rate": change("reference", "ask", to="300.00"),
    "a wider spread": change("spread", "bp", to="60"),
    "the other side": change("spread", "side", to="bid"),
    "a cent more": change("buy", "amount", to="99.01"),
    "a cent less": change("buy", "amount", to="98.99"),
    "another fee": change("fee", "amount", to="29.00"),
    "a fee in dollars": change("fee", "currency", to="USD"),
    "another residue": change("rounding", "residue", to="1/2"),
    "another rule": change("rounding", "rule", to="up"),
    "favours the customer": change("rounding", "favours", to="customer"),
    "one source twice": change("witness", "origin", to="https://a.example"),
    "another pair": change("pair", to="USD/EUR"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_document_that_contradicts_itself_is_not_valid_even_if_the_key_signed_it(tmp_path: Path, name: str) -> None:
    said = json.loads(GOOD)
    TAMPERED[name](said)
    assert verdict(saved(tmp_path / "q", canonical.json_bytes(said))) == 1


@pytest.mark.parametrize("name", TAMPERED)
def test_a_document_that_was_changed_after_signing_is_not_valid(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path / "q", GOOD)
    outer = json.loads(path.read_text())
    said = json.loads(outer["document"])
    TAMPERED[name](said)
    path.write_text(json.dumps(outer | {"document": canonical.json_bytes(said).decode()}))
    assert verdict(path) == 1


def test_a_document_in_another_form_is_not_valid(tmp_path: Path) -> None:
    assert verdict(saved(tmp_path / "q", json.dumps(json.loads(GOOD)).encode())) == 1


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"document": 5}',
        b'{"document": "{}", "signature": ""}',
        b'{"a": 1, "a": 2}',
        b"\xff",
        b"[" * 9999,
    ],
)
def test_what_is_no_quote_is_unusable(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "q").write_bytes(text)
    assert verdict(tmp_path / "q") == 2
    assert verdict(tmp_path / "absent") == 2
    assert verdict(saved(tmp_path / "q", GOOD), key="ab") == 2


@pytest.mark.parametrize("part", ["pair", "sell", "rounding", "fixed_side", "reference", "spread"])
def test_a_document_that_lacks_a_part_is_unusable(tmp_path: Path, part: str) -> None:
    said = json.loads(GOOD)
    del said[part]
    assert verdict(saved(tmp_path / "q", canonical.json_bytes(said))) == 2


def test_a_receipt_holds_for_its_quote_alone(tmp_path: Path) -> None:
    def receipt(of: bytes, seed: bytes = SEED) -> str:
        body = {
            "account": str(UUID(int=2)), "conversion": str(UUID(int=3)), "format": documents.RECEIPT,
            "quote": str(UUID(int=1)), "quote_sha256": primitives.sha256(of).hex(), "transfers": [], "used_at": "now",
        }  # fmt: skip
        return str(saved(tmp_path / "r", canonical.json_bytes(body), seed, documents.RECEIPT))

    path = saved(tmp_path / "q", GOOD)
    assert verdict(path, "--receipt", receipt(GOOD)) == 0
    assert verdict(path, "--receipt", receipt(GOOD + b" ")) == 1
    assert verdict(path, "--receipt", receipt(GOOD, OTHER)) == 1
    assert verdict(path, "--receipt", str(path)) == 2


def test_openssl_agrees_about_the_signature(tmp_path: Path) -> None:
    der = bytes.fromhex("302a300506032b6570032100") + bytes.fromhex(KEY)
    (tmp_path / "key").write_bytes(der)
    (tmp_path / "data").write_bytes(documents.signed_bytes(documents.QUOTE, GOOD))
    (tmp_path / "signature").write_bytes(documents.sign(SEED, documents.QUOTE, GOOD))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin"]
    files = ["-inkey", tmp_path / "key", "-in", tmp_path / "data", "-sigfile", tmp_path / "signature"]
    assert subprocess.run([*command, *map(str, files)], check=False, capture_output=True).returncode == 0
    (tmp_path / "data").write_bytes(b"x")
    assert subprocess.run([*command, *map(str, files)], check=False, capture_output=True).returncode != 0


RATE = st.decimals("0.000001", "99999", places=6)


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    minor=st.integers(1, 10**12),
    side=st.sampled_from(model.Side),
    sells_base=st.booleans(),
    bid=RATE,
    fee_bp=st.integers(0, 5000),
    spread_bp=st.integers(0, 5000),
)
def test_whatever_is_quoted_the_verifier_comes_to_the_same_numbers(
    tmp_path: Path, minor: int, side: model.Side, bid: Decimal, fee_bp: int, spread_bp: int, *, sells_base: bool
) -> None:
    """The verifier computes for itself, from the document's text, what the product computed: two programs agree."""
    codes = ("USD", "LKR") if sells_base else ("LKR", "USD")
    board = priced(format(bid, "f"), format(bid + Decimal("0.5"), "f"))
    try:
        text = document(pricing.Asked(*codes, side, minor), board, fee_bp, spread_bp)
    except errors.Refusal:
        return
    assert verdict(saved(tmp_path / "q", text)) == 0
