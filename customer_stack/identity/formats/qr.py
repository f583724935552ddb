"""The square that an authenticator program reads, as an image that needs no second request."""

import segno

from customer_stack.identity.rules import factors


def uri(secret: str, account: str, issuer: str) -> str:
    return factors.totp(secret).provisioning_uri(name=account, issuer_name=issuer)


def image(text: str) -> str:
    """An SVG as a data URI."""
    return segno.make(text, error="m", micro=False).svg_data_uri(scale=4, border=4)
