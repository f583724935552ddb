"""The launcher's one-time passwords are RFC 6238's, as any authenticator has them."""

import base64

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local import totp

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
# RFC 6238, appendix B, SHA-1: the last six of eight digits.
VECTORS = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}


@pytest.mark.parametrize("moment, code", VECTORS.items())
def test_the_vectors_of_the_standard_hold(moment: int, code: str) -> None:
    assert totp.code(RFC_SECRET, moment) == code


@given(st.binary(min_size=14, max_size=40), st.integers(min_value=0, max_value=2**34))
def test_another_authenticator_shows_the_same(secret: bytes, moment: int) -> None:
    text = base64.b32encode(secret).decode().rstrip("=")
    assert totp.code(text, moment) == pyotp.TOTP(text).at(moment)
