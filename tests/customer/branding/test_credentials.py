"""The tripwire: planted credentials trip it, what operators write does not."""

import base64

import pytest

from boundary.kernel import ids
from customer_stack.branding.rules import credentials

# Each is put together here, so that no scanner takes this file for a leak.
PLANTED = [
    "-----BEGIN " + "PRIVATE KEY-----\nMIIEvg",
    "-----BEGIN " + "OPENSSH PRIVATE KEY-----",
    "AGE-SECRET-KEY-" + "1QQQ",
    "postgresql" + "://app:hunter2@db.internal/customer",
    "postgresql+asyncpg" + "://db.internal/customer",
    "redis" + "://:pw@cache:6379/0",
    "rediss" + "://cache:6379",
    "https" + "://user:pw@api.market.example",
    "https" + "://token@api.market.example",
    "https" + "://api.market.example/feed?api_key=abc",
    "host=db user=app password=hunter2",
    "CLIENT_SECRET" + " = abc",
    "Bearer " + "abcdefgh12345678",
    "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxIn0.c2ln",
    "sk_live" + "_4eC39HqLyjWD",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "ghp" + "_16C7e42F292c6912E7710c838347Ae178B4a",
    "xoxb" + "-123456789012-abc",
    "AIza" + "SyA1234567890abcdefghijk",
    "9f86d081884c7d659a2feaa0c55ad015",
]
HARMLESS = [
    "Example Market Lanka (Private) Limited",
    "Password help: choose one that nobody else has, and keep it secret.",
    "https://market.example/Help-Center/2026/Terms-of-Service-And-Conditions-V2",
    "https://market.example/Legal/Privacy-Notice-2026-English-Version-3-Final",
    "https://api.market.example:8443/v1",
    "/static/Brand/Assets/2026/Logo-Primary-Horizontal-Light-Background-V3.svg",
    "Commission-de-Surveillance-du-Secteur-Financier-Autorisation-B00001234-2026",
    "LEI 529900T8BM49AURSDO55",
    "PV 00123456",
    "support@market.example",
    "#0f6b63",
    "https://market.example/articles/550e8400-e29b-41d4-a716-446655440000",
    "උදාහරණ වෙළඳපොළ",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
]


@pytest.mark.parametrize("text", PLANTED)
def test_a_planted_credential_is_found_wherever_it_stands(text: str) -> None:
    assert credentials.looks_like(text)
    assert credentials.looks_like(f"Our key: {text} (do not share)")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_operators_write_is_no_credential(text: str) -> None:
    assert credentials.looks_like(text) is None


def test_the_answer_names_the_kind_and_never_the_text() -> None:
    for text in PLANTED:
        kind = credentials.looks_like(text)
        assert kind is not None
        assert kind not in text
        assert text not in kind


def test_nearly_every_random_key_of_32_characters_or_more_is_found() -> None:
    source = ids.SeededIds(20261120)
    keys = [base64.b64encode(source.token(24)).decode() for _ in range(1000)]
    keys += [base64.urlsafe_b64encode(source.token(32)).decode() for _ in range(1000)]
    keys += [source.token(16).hex() for _ in range(1000)]
    assert sum(credentials.looks_like(key) is not None for key in keys) >= 0.99 * len(keys)
