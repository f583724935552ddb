"""A mail as another mail program reads it, and that nothing from outside can add a header, a receiver or a tag."""

import email
import email.message
import email.policy
from uuid import UUID

import pytest

from customer_stack.notifications import model
from customer_stack.notifications.formats import mail
from tests.customer.notifications import conftest as house

SENDER = "no-reply@market.example"


def message(**changes: object) -> model.Message:
    values: dict[str, object] = {
        "id": UUID("0197a5f0-0000-7000-8000-00000000002a"),
        "channel": model.Channel.EMAIL,
        "to": "kamala@people.example",
        "locale": model.Locale.ENGLISH,
        "subject": "New sign-in",
        "paragraphs": ("First.", "Second & <last>."),
        "text": "short",
        "at": house.START,
    }
    return model.Message(**(values | changes))  # type: ignore[arg-type]  # the changes of a test


def read(sent: model.Message, direction: model.Direction = model.Direction.LEFT_TO_RIGHT) -> email.message.EmailMessage:
    data = mail.compose(sent, house.BRAND, SENDER, direction).as_bytes()
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    return email.message_from_bytes(data, policy=email.policy.default)


def part(mail_: email.message.EmailMessage, kind: str) -> str:
    found = mail_.get_body((kind,))
    assert found is not None
    text: str = found.get_content()
    return text.replace("\r\n", "\n")


def test_a_mail_has_both_forms_in_the_operators_name() -> None:
    found = read(message())
    assert found["From"] == "Example Market <no-reply@market.example>"
    assert found["To"] == "kamala@people.example"
    assert found["Date"] == "Mon, 02 Mar 2026 09:30:00 +0000"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found.get_content_type() == "multipart/alternative"
    assert part(found, "plain").startswith("First.\n\nSecond & <last>.\n\n-- \nExample Market Limited")
    page = part(found, "html")
    assert "Second &amp; &lt;last&gt;." in page
    assert house.BRAND.primary in page
    assert "src=" not in page


def test_every_attempt_at_a_delivery_has_the_same_message_id() -> None:
    assert read(message())["Message-ID"] == "<0197a5f0000070008000000000000" + "02a@market.example>"
    assert read(message())["Message-ID"] == read(message(subject="x"))["Message-ID"]


@pytest.mark.parametrize("locale", model.Locale)
def test_other_scripts_arrive_as_they_were_written(locale: model.Locale) -> None:
    words = house.wordings().notice(model.Kind.PASSWORD_CHANGED, {}, locale, house.START)
    found = read(message(locale=locale, subject=words.subject, paragraphs=words.paragraphs))
    assert found["Subject"] == words.subject
    assert found["Content-Language"] == locale.value
    assert words.paragraphs[0] in part(found, "plain")


def test_arabic_is_marked_right_to_left() -> None:
    assert '<html lang="ar" dir="rtl">' in part(
        read(message(locale=model.Locale.ARABIC), model.Direction.RIGHT_TO_LEFT), "html"
    )


@pytest.mark.parametrize("subject", ["a\r\nBcc: x@y.example", "a\nb", "a\rb"])
def test_a_line_break_in_a_header_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)header|line"):
        read(message(subject=subject))


ADDRESSES = [
    "",
    "kamala",
    "@people.example",
    "kamala@",
    "kamala@people",
    "a@b.example, c@d.example",
    "a@b.example\r\nBcc: c@d.example",
    "a@b.example\n",
    "<a@b.example>",
    "a b@c.example",
    "a@b@c.example",
    "a@-b.example",
    ".a@b.example",
    "a..b@c.example",
    '"a b"@c.example',
    "a@[192.0.2.1]",
    "කමලා@people.example",
    "a" * 250 + "@b.example",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_may_not_stand_in_an_envelope_is_no_address(address: str) -> None:
    assert not mail.is_address(address)
    with pytest.raises(ValueError, match="header"):
        mail.compose(message(to=address), house.BRAND, SENDER, model.Direction.LEFT_TO_RIGHT)


@pytest.mark.parametrize("address", ["a@b.example", "a.b+c@d-e.example", "A_1@b.c.example", "o'neill@people.example"])
def test_usual_addresses_are_addresses(address: str) -> None:
    assert mail.is_address(address)
