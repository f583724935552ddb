"""Two spellings of one thing have one form, two things have two, and what is neither is refused."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_stack.vault import model, rules


@pytest.mark.parametrize(
    "text, form",
    [
        ("Nimal.Perera@House.Example", "nimal.perera@house.example"),
        ("  nimal.perera@house.example\n", "nimal.perera@house.example"),
        ("ＮＩＭＡＬ@house.example", "nimal@house.example"),
        ("nimal+bank@house.example", "nimal+bank@house.example"),
        ("nimal@bücher.example", "nimal@xn--bcher-kva.example"),
        ("nimal@BÜCHER.example", "nimal@xn--bcher-kva.example"),
        ("o'brien@house.example", "o'brien@house.example"),
    ],
)
def test_an_email_address_has_one_form(text: str, form: str) -> None:
    assert rules.email(text) == form
    assert rules.email(form) == form


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nimal",
        "@house.example",
        "nimal@",
        "nimal@house",
        "nimal@@house.example",
        "a b@house.example",
        "nimal@house..example",
        "nimal@.example",
        "<nimal@house.example>",
        "nimal@house.example, other@house.example",
        "nimal@house.example\0",
        "nim\u200bal@house.example",
        "nimal\r\nbcc: other@house.example",
        "n" * 65 + "@house.example",
        "nimal@" + "h" * 64 + ".example",
        "nimal@" + "house." * 50 + "example",
        "\ud800@house.example",
    ],
)
def test_what_is_no_email_address_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(model.BadIdentifier) as refusal:
        rules.email(text)
    assert not text.strip() or text.strip() not in str(refusal.value)


@pytest.mark.parametrize(
    "text, country, form",
    [
        ("077 123 4567", "LK", "+94771234567"),
        ("+94 77 123-4567", None, "+94771234567"),
        ("+94 77 123 4567", "US", "+94771234567"),
        ("０７７１２３４５６７", "LK", "+94771234567"),
        ("٠٥٠١٢٣٤٥٦٧", "AE", "+971501234567"),
        ("(201) 555-0123", "US", "+12015550123"),
    ],
)
def test_a_phone_number_is_e164(text: str, country: str | None, form: str) -> None:
    assert rules.phone(text, country) == form
    assert rules.phone(form) == form


@pytest.mark.parametrize("text", ["", "12", "077 123 4567", "+94 77 123", "+999 12345678", "call me", "+" * 300])
def test_what_is_no_phone_number_is_refused(text: str) -> None:
    with pytest.raises(model.BadIdentifier):
        rules.phone(text)


@pytest.mark.parametrize(
    "country, text, form",
    [
        ("LK", "853400937v", "LK:853400937V"),
        ("lk", " 8534 00937-V ", "LK:853400937V"),
        ("LK", "８５３４００９３７Ｖ", "LK:853400937V"),
        ("AE", "784-1985-1234567-1", "AE:784198512345671"),
    ],
)
def test_a_document_number_has_one_form(country: str, text: str, form: str) -> None:
    assert rules.document(country, text) == form


def test_one_number_of_two_countries_is_two() -> None:
    assert rules.document("LK", "N1234567") != rules.document("LU", "N1234567")


@pytest.mark.parametrize("country, text", [("LK", ""), ("LK", "--"), ("LK", "1" * 33), ("L", "12345"), ("L:", "12345")])
def test_what_is_no_document_number_is_refused(country: str, text: str) -> None:
    with pytest.raises(model.BadIdentifier):
        rules.document(country, text)


@given(st.text())
def test_any_text_is_an_address_in_a_stable_form_or_refused(text: str) -> None:
    try:
        form = rules.email(text)
    except model.BadIdentifier:
        return
    assert rules.email(form) == form


@given(st.text(string.ascii_letters + string.digits, min_size=1, max_size=20), st.sampled_from(["", " ", "-", "/"]))
def test_spacing_never_changes_a_document(text: str, between: str) -> None:
    try:
        form = rules.document("LK", text)
    except model.BadIdentifier:
        return
    assert rules.document("LK", between.join(text)) == form
