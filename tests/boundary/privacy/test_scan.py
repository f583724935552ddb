"""What the tripwire says of single values: the kinds it names, the disguises it sees through, the context it reads."""

import base64
import gzip
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary.privacy import scan


def kinds(value: object) -> set[str]:
    return {finding.kind for finding in scan.scan(value)}


def first(value: object) -> scan.Finding:
    return scan.scan(value)[0]


@pytest.mark.parametrize(
    "kind,value",
    [
        ("name", "Nimal Perera"),
        ("name", "perera"),
        ("name", "nimal_perera"),
        ("name", "NIMAL-PERERA-27DEC"),
        ("name", "Mark Price"),
        ("name", "නිමල් පෙරේරා"),
        ("name", "கார்த்திக்"),
        ("name", "سالم الحربي"),
        ("name", "n-i-m-a-l"),
        ("address", "No. 12/3, Galle Road, Colombo 03"),
        ("address", "අංක 12, ගාලු පාර, කොළඹ 03"),
        ("address", "6.9271,79.8612"),
        ("phone", "+94 77 123 4567"),
        ("phone", "0771234567"),
        ("phone", "(077) 123-4567 ext. 12"),
        ("phone", "zero seven seven one two three four five six seven"),
        ("phone", 94771234567),
        ("email", "nimal.p+x@example.lk"),
        ("email", "nimal (at) example [dot] com"),
        ("national_id", "871341234V"),
        ("national_id", "199513401234"),
        ("national_id", "784-1987-1234567-1"),
        ("national_id", "219-09-9999"),
        ("national_id", "AB 12 34 56 C"),
        ("passport", "N1234567"),
        ("iban", "GB82 WEST 1234 5698 7654 32"),
        ("card", "4111 1111 1111 1111"),
        ("card", 4111111111111111),
        ("date_of_birth", "1987-05-14"),
        ("date_of_birth", "14 May 1987"),
        ("date_of_birth", 547948800),
        ("ip", "192.168.1.17"),
        ("ip", "2001:db8::8a2e:370:7334"),
        ("device_id", "490154203237518"),
        ("device_id", "00:1A:2B:3C:4D:5E"),
        ("device_id", "AEBE52E7-03EE-455A-B3C4-E57283966239"),
        ("vcard", "BEGIN:VCARD\nFN:X\nEND:VCARD"),
    ],
)
def test_personal_data_is_refused_and_named(kind: str, value: object) -> None:
    assert kind in kinds(value)


@pytest.mark.parametrize(
    "value",
    [
        "7f8f1c1e-9b1d-4c7e-8a52-3d0e6f7a9b10",
        "0199c0de-7a3b-7c1d-9e2f-4a5b6c7d8e9f",
        "JKH.N0000",
        "KXBTCD-25DEC3117-T99999.99",
        "US0378331005",
        "12.50",
        "-0.25%",
        1250000,
        250_000_000_000,
        Decimal("101.25"),
        0.4887488178917172,
        "2026-11-30T12:30:00.123456Z",
        1766000000123456789,
        "1766000000",
        "LKR",
        "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "key-2026-11",
        "v1.2.3-rc.1",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "01JDQ4Z8V7N3K2M5P6R9S0T1WX",
        "good_til_cancelled",
        "PartiallyFilled",
        "mark_price",
        "",
        None,
        True,
        {"type": "place_intent", "ref": "7f8f1c1e-9b1d-4c7e-8a52-3d0e6f7a9b10", "side": "buy", "quantity": 100},
        {"amount_micros": 94771234567, "seq": 199512345678, "notional": 4111111111111111},
        "level=info event=order_placed seq=12 duration_ms=4.5",
        "GET /v1/orders?limit=50&status=open HTTP/1.1 200 12ms",
        bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ],
)
def test_what_our_domain_writes_passes(value: object) -> None:
    assert scan.scan(value) == []
    assert scan.clean(value)


@pytest.mark.parametrize(
    "via,value",
    [
        ("base64", base64.b64encode(b"Nimal Perera").decode()),
        ("base32", base64.b32encode(b"0771234567").decode()),
        ("hex", b"nimal@example.com".hex()),
        ("percent", "%4E%69%6D%61%6C%20%50%65%72%65%72%61"),
        ("html", "&#48;&#55;&#55;&#49;&#50;&#51;&#52;&#53;&#54;&#55;"),
        ("quoted-printable", "=30=37=37=31=32=33=34=35=36=37"),
        ("unicode", "٠٧٧١٢٣٤٥٦٧"),
        ("unicode", "Ni\u200bmal Pe\u202erera"),
        ("json", json.dumps({"note": "0771234567"})),
    ],
)
def test_a_disguise_is_seen_through_and_named(via: str, value: str) -> None:
    assert via in first(value).via


def test_three_encodings_deep_is_still_seen() -> None:
    once = base64.b64encode(gzip.compress(b"Nimal Perera, 0771234567")).decode()
    assert first(once.encode().hex()).via == ("hex", "base64", "gzip")


def test_a_decompression_bomb_is_refused_without_expanding() -> None:
    bomb = gzip.compress(gzip.compress(bytes(50_000_000)))
    assert first(base64.b64encode(bomb).decode()).kind == "unrecognised"


@pytest.mark.parametrize(
    "value",
    [
        {"a": "077", "b": "1234567"},
        {"p1": "+94", "p2": 77, "p3": 1234567},
        ["4111", "1111", "1111", "1111"],
        {"user": "desk", "at": "@", "host": "market.example"},
        {"x": "871341234", "y": "V"},
        {"year": 1987, "month": 5, "day": 14},
        ["n", "i", "m", "a", "l"],
        [78, 105, 109, 97, 108, 32, 80],
    ],
)
def test_pieces_in_neighbouring_fields_are_put_together(value: Any) -> None:
    assert first(value).via == ("split",) or kinds(value) == {"email"}


@pytest.mark.parametrize(
    "key,kind",
    [
        ("full_name", "name"),
        ("customerName", "name"),
        ("phone_number", "phone"),
        ("e-mail", "email"),
        ("NIC_NO", "national_id"),
        ("dateOfBirth", "date_of_birth"),
        ("homeAddress", "address"),
        ("client_ip", "ip"),
        ("advertising_id", "device_id"),
        ("passportNumber", "passport"),
        ("iban", "iban"),
    ],
)
def test_a_telling_key_makes_any_value_personal(key: str, kind: str) -> None:
    assert kinds({key: "7"}) == {kind}
    assert kinds({key: None}) == set()
    assert kinds({key: {"inner": ["limit"]}}) == {kind}


def test_an_address_on_a_ledger_is_no_address_of_a_person() -> None:
    wallet = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    assert scan.clean({"address": wallet, "wallet_address": wallet})
    assert kinds({"address": "7"}) == {"address"}


def test_the_same_digits_are_an_amount_or_a_phone_as_the_key_says() -> None:
    assert scan.clean({"amount": 94771234567})
    assert kinds({"value": 94771234567}) == {"phone"}
    assert kinds({"amount": "0771234567"}) == {"phone"}


def test_an_old_date_is_a_birthday_unless_the_key_expects_one() -> None:
    assert kinds({"value": "1999-03-01"}) == {"date_of_birth"}
    assert scan.clean({"issue_date": "1999-03-01", "maturity_date": "2055-06-30"})


@pytest.mark.parametrize(
    "value",
    [
        "00000000-0000-4000-8000-094771234567",
        "11111111-2222-4333-8444-555555555555",
        "7f8f1c1e-9b1d-11ec-b3c8-9f6bdeced846",
        "0x" + b"Nimal Perera".ljust(20, b"\0").hex(),
        b"Nimal Perera, 12 Galle Road, LKA".hex(),
        "0x000000000000000000000000000000094771234567",
        "94771234567.00",
    ],
)
def test_the_shape_of_an_id_or_a_number_hides_nothing(value: str) -> None:
    assert not scan.clean(value)


def test_a_path_names_places_and_never_what_is_not_vocabulary() -> None:
    value = {"fills": [{"price": "1.00"}, {"Nimal Perera": {"note": "0771234567"}}]}
    assert [(finding.path, finding.kind) for finding in scan.scan(value)] == [
        ("/fills/1/0", "name"),
        ("/fills/1/0/note", "phone"),
    ]


@pytest.mark.parametrize("key", ["07_71_23_45_67", "n_i_m_a_l", "x_7_7_1", "ali", "grace_long", "k9471"])
def test_digits_letters_and_names_in_a_key_are_not_repeated(key: str) -> None:
    assert scan.scan({key: "0771234567"})[-1].path == "/0"


def test_a_value_nested_too_deeply_is_refused() -> None:
    value: Any = "limit"
    for _ in range(100):
        value = [value]
    assert kinds(value) == {"unrecognised"}


def test_bytes_are_judged_by_what_they_spell() -> None:
    assert kinds(b"Nimal Perera") == {"name"}
    assert kinds(gzip.compress(b"0771234567")) == {"phone"}
    assert kinds("José García".encode("latin-1")) != set()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(JSON)
def test_any_value_is_judged_without_fault_and_both_verdicts_agree(value: Any) -> None:
    assert scan.clean(value) == (not scan.scan(value))


@given(st.text(min_size=6, max_size=60), st.text(min_size=6, max_size=60))
def test_a_finding_repeats_nothing_of_a_refused_value_or_key(key: str, value: str) -> None:
    for finding in scan.scan({key: value}):
        if "key" in finding.via or finding.path == "/0":
            assert key not in finding.path
        assert value not in {finding.path.removeprefix("/"), finding.kind, *finding.via} or scan.clean(value)
