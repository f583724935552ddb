"""The square that an authenticator program reads, as an image that needs no second request."""

import pyotp
import segno


def uri(secret: str, account: str, issuer: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def image(text: str) -> str:
    """An SVG as a data URI."""
    return segno.make(text, error="m", micro=False).svg_data_uri(scale=4, border=4)
