"""Public documents: what is let through, what is refused for its form, and what the sweep finds in prose."""

import base64
import json
import zlib

import pytest

from boundary.kernel import errors
from boundary.privacy import documents
from boundary.privacy.documents import MediaType

RULES = """\
# Central bank rate, June 2026

**Question.** Will the central bank of Sri Lanka lower its policy rate at the June 2026 meeting?

## Rules

1. Each lot pays one US dollar if the announced overnight policy rate is below the rate that held before the meeting.
2. The contract closes at 2026-06-30T18:00:00Z. Its tick is 0.01 USD, its window 30 days, its cap 25,000 lots.
3. If no decision is announced by then, the event is void, and every position gets back what it cost.

| reading | pays |
|---|---|
| lowered by 25 basis points or more | 1.00 |
| unchanged or raised | 0.00 |

The press release of the Central Bank of Sri Lanka, published at https://www.cbsl.gov.lk, is decisive.

නීති: තීරණයක් නොමැති නම් සිද්ධිය අවලංගු වේ. விதிகள்: முடிவு இல்லை என்றால் நிகழ்வு செல்லாது.
"""


def pdf(text: str, *, packed: bool = True, extra: bytes = b"") -> bytes:
    """A page with one line of text, as small as a PDF can be."""
    drawn = b"BT /F1 12 Tf 72 720 Td (" + text.encode("latin-1") + b") Tj ET"
    stream = zlib.compress(drawn) if packed else drawn
    coding = b"/Filter /FlateDecode " if packed else b""
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + extra + b">>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
        b"3 0 obj\n<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>\nendobj\n"
        b"4 0 obj\n<< " + coding + b"/Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream\nendobj\n"
        b"trailer\n<< /Root 1 0 R >>\n%%EOF\n"
    )


GOOD = {
    "rules in Markdown": (RULES.encode(), MediaType.MARKDOWN),
    "terms in JSON": (json.dumps({"code": "RATE-26.JUN", "rules": RULES.splitlines()[4:9]}).encode(), MediaType.JSON),
    "a page of PDF": (pdf("Each lot pays one US dollar if the rate is lowered."), MediaType.PDF),
    "a page that is not packed": (pdf("The event is void if no decision is announced.", packed=False), MediaType.PDF),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_plain_public_document_is_admitted(name: str) -> None:
    documents.admit(*GOOD[name])


MAIL = "nimal.perera@example.com"
PERSONAL = {
    "a mail address": ("Questions go to nimal.perera@example.com.", "email"),
    "in base64": (f"Reference {base64.b64encode(MAIL.encode()).decode()} applies.", "email"),
    "percent-encoded": ("See https://example.com/?to=nimal%40example%2Ecom for more.", "email"),
    "over two lines": ("Call the desk at +94 77\n123 4567 on any day.", "phone"),
    "digits of another script": ("දුරකථන ०७७१२३४५६७ අමතන්න", "phone"),
    "a telephone": ("The desk answers at +94 77 123 4567.", "phone"),
    "a national id": ("Signed by the holder of 901234567V.", "national_id"),
    "a passport": ("Passport no. N1234567 was shown.", "passport"),
    "an account": ("Pay to GB82 WEST 1234 5698 7654 32.", "iban"),
    "a card": ("Card 4111 1111 1111 1111 is charged.", "card"),
    "a date of birth": ("Resolved by an oracle born on 4 May 1987.", "date_of_birth"),
    "a street address": ("Resolved at 12 Galle Road, third floor.", "address"),
    "an address of the network": ("The source is at 203.0.113.77 today.", "ip"),
}


@pytest.mark.parametrize("name", PERSONAL)
@pytest.mark.parametrize("media", MediaType)
def test_personal_data_is_refused_by_its_kind_and_its_value_is_not_told(name: str, media: MediaType) -> None:
    text, kind = PERSONAL[name]
    match media:
        case MediaType.MARKDOWN:
            data = RULES.encode() + text.encode()
        case MediaType.JSON:
            data = json.dumps({"rules": text.split("\n")}, ensure_ascii=False).encode()
        case MediaType.PDF:
            if not text.isascii():
                return
            data = pdf(text.replace("\n", " "))
    with pytest.raises(documents.PersonalData) as refused:
        documents.admit(data, media)
    assert kind in str(refused.value.facts["kinds"]).split(", ")
    assert refused.value.code == "document_personal_data"
    told = f"{refused.value} {refused.value.facts} {documents.sweep(data, media)}".lower()
    assert not any(word.lower() in told for word in text.split() if len(word) > 6 and word.lower() not in kind)


def test_a_finding_says_in_which_line() -> None:
    data = RULES.encode() + b"\nnimal@example.com\n"
    assert documents.Finding(len(RULES.splitlines()) + 2, "email") in documents.sweep(data, MediaType.MARKDOWN)


def test_what_a_picture_of_text_splits_into_pieces_is_judged_together() -> None:
    drawn = pdf("x", packed=False).replace(b"(x) Tj", b"[(nimal.per) -20 (era@exam) 4 (ple.com)] TJ")
    assert "email" in {each.kind for each in documents.sweep(drawn, MediaType.PDF)}
    digits = pdf("x", packed=False).replace(b"(x) Tj", b"<" + MAIL.encode().hex().encode() + b"> Tj")
    assert "email" in {each.kind for each in documents.sweep(digits, MediaType.PDF)}


def test_a_pdf_that_names_its_author_is_refused() -> None:
    named = pdf("The rules.").replace(b"trailer\n<< ", b"trailer\n<< /Author (Nimal Perera) ")
    with pytest.raises(documents.PersonalData):
        documents.admit(named, MediaType.PDF)


BAD = {
    "nothing": (b"", MediaType.MARKDOWN),
    "too many bytes": (b"a" * (documents.BYTES_MAX + 1), MediaType.MARKDOWN),
    "too much text": (b"word " * (documents.TEXT_LENGTH_MAX // 5 + 1), MediaType.MARKDOWN),
    "not UTF-8": (b"caf\xe9", MediaType.MARKDOWN),
    "a zero byte": (b"rules\0", MediaType.MARKDOWN),
    "a byte order mark": (b"\xef\xbb\xbfrules", MediaType.MARKDOWN),
    "an escape sequence": (b"\x1b[31mrules", MediaType.MARKDOWN),
    "half a JSON": (b'{"rules": ', MediaType.JSON),
    "a list": (b"[1]", MediaType.JSON),
    "one key twice": (b'{"rules": 1, "rules": 2}', MediaType.JSON),
    "JSON that goes deep": (b'{"a":' * 5000 + b"1" + b"}" * 5000, MediaType.JSON),
    "Markdown as PDF": (RULES.encode(), MediaType.PDF),
    "PDF as JSON": (pdf("rules"), MediaType.JSON),
    "PDF as Markdown": (pdf("rules"), MediaType.MARKDOWN),
    "a cut PDF": (pdf("rules")[:-10], MediaType.PDF),
    "a script": (pdf("rules", extra=b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >> "), MediaType.PDF),
    "a script by another spelling": (pdf("rules", extra=b"/Open#41ction 5 0 R "), MediaType.PDF),
    "an encrypted PDF": (pdf("rules").replace(b"/Root", b"/Encrypt 9 0 R /Root"), MediaType.PDF),
    "an attachment": (pdf("rules", extra=b"/Names << /EmbeddedFiles 9 0 R >> "), MediaType.PDF),
    "a bomb": (pdf(" " * (documents.INFLATED_BYTES_MAX + 1)), MediaType.PDF),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_harmless_document_of_its_type_is_refused(name: str) -> None:
    with pytest.raises(documents.BadDocument) as refused:
        documents.admit(*BAD[name])
    assert isinstance(refused.value, errors.Invalid)
    assert refused.value.code == "document_invalid"
