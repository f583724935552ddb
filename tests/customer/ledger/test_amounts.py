"""Text to amounts and back: exact, or refused by a stable code."""

import hypothesis
import pytest
from hypothesis import strategies as st

from boundary.kernel import errors
from customer_stack.ledger import model
from customer_stack.ledger.formats import amounts

REFUSED = {
    "": "ledger_amount_malformed",
    " 1": "ledger_amount_malformed",
    "1 ": "ledger_amount_malformed",
    "+1": "ledger_amount_malformed",
    "1,000": "ledger_amount_malformed",
    "1_000": "ledger_amount_malformed",
    "01": "ledger_amount_malformed",
    ".5": "ledger_amount_malformed",
    "5.": "ledger_amount_malformed",
    "1.2.3": "ledger_amount_malformed",
    "1e3": "ledger_amount_malformed",
    "1E-3": "ledger_amount_malformed",
    "NaN": "ledger_amount_malformed",
    "sNaN": "ledger_amount_malformed",
    "inf": "ledger_amount_malformed",
    "Infinity": "ledger_amount_malformed",
    "-Infinity": "ledger_amount_malformed",
    "0x10": "ledger_amount_malformed",
    "١٢": "ledger_amount_malformed",
    "１": "ledger_amount_malformed",
    "𝟙": "ledger_amount_malformed",
    "१.५": "ledger_amount_malformed",
    "−1": "ledger_amount_malformed",
    "1\n": "ledger_amount_malformed",
    "1\u200b": "ledger_amount_malformed",
    "9" * 65: "ledger_amount_malformed",
    "0": "ledger_amount_not_positive",
    "0.00": "ledger_amount_not_positive",
    "-0": "ledger_amount_not_positive",
    "-1": "ledger_amount_not_positive",
    "-0.01": "ledger_amount_not_positive",
    "1.001": "ledger_amount_too_fine",
    "1.000": "ledger_amount_too_fine",
    "0.001": "ledger_amount_too_fine",
    "92233720368547758.08": "ledger_amount_too_large",
    "99999999999999999999": "ledger_amount_too_large",
}


@pytest.mark.parametrize("text, code", REFUSED.items(), ids=[repr(text)[:20] for text in REFUSED])
def test_what_is_no_amount_is_refused_and_not_rounded(text: str, code: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        amounts.read(text, 2)
    assert refused.value.code == code
    assert text not in refused.value.detail or not text


@hypothesis.given(st.integers(1, model.API_AMOUNT_MAX), st.integers(0, 18))
def test_an_amount_that_is_shown_reads_back(minor: int, scale: int) -> None:
    assert amounts.read(amounts.shown(minor, scale), scale) == minor


def test_an_amount_shows_every_place_of_its_scale() -> None:
    assert [amounts.shown(*each) for each in ((5, 2), (-5, 2), (0, 6), (1234, 0), (123456, 3))] == [
        "0.05",
        "-0.05",
        "0.000000",
        "1234",
        "123.456",
    ]
    assert amounts.read("92233720368547758.07", 2) == model.API_AMOUNT_MAX
    assert amounts.read("1", 6) == 1_000_000
