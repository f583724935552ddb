"""One form for each identifier, so that two spellings of the same thing have the same blind index.

Frozen: whoever changes a rule here makes stored indexes unfindable, so a change comes with a job that recomputes them.
"""

import re
import unicodedata

import phonenumbers

from customer_stack.vault import model

EMAIL_LENGTH_MAX = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets
DOCUMENT_LENGTH_MAX = 32

_EMAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@(?:[^\s@.<>\"(),:;\[\]\\]+\.)+[^\s@.<>\"(),:;\[\]\\]{2,}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_DOCUMENT = re.compile(r"[0-9A-Z]{3,32}")


def email(text: str) -> str:
    """Compatibility characters folded, no space around, in lower case; the domain as ASCII. Dots and tags in the local
    part stay: whether they mean anything is the mail server's business.
    """
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    local, _, domain = plain.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode()
    except UnicodeError:
        raise model.BadIdentifier("not an e-mail address") from None
    found = f"{local}@{ascii_domain}"
    if len(found) > EMAIL_LENGTH_MAX or not _EMAIL.fullmatch(found) or not found.isprintable():
        raise model.BadIdentifier("not an e-mail address")
    return found


def phone(text: str, country: str | None = None) -> str:
    """E.164. A number without a leading + is read as one of `country`."""
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), country)
    except phonenumbers.NumberParseException:
        raise model.BadIdentifier("not a phone number") from None
    if not phonenumbers.is_valid_number(number):
        raise model.BadIdentifier("not a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def document(country: str, text: str) -> str:
    """`LK:123456789V`: the issuing country, then letters and digits alone. Numbers of two countries never meet."""
    plain = "".join(each for each in unicodedata.normalize("NFKC", text).upper() if each.isalnum())
    issuer = country.strip().upper()
    if not _COUNTRY.fullmatch(issuer) or not _DOCUMENT.fullmatch(plain) or len(plain) > DOCUMENT_LENGTH_MAX:
        raise model.BadIdentifier("not a document number")
    return f"{issuer}:{plain}"
