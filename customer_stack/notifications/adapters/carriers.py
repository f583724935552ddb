"""Which carrier the settings name for each channel."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from boundary.kernel.runtime import settings
from customer_stack.notifications import model, ports
from customer_stack.notifications.adapters import outbox, smtp, twilio


class Named(NamedTuple):
    """What the settings say: an address and a sender for each channel, and whether this is test mode."""

    mail_url: str
    mail_from: str
    sms_url: str
    sms_from: str
    test_mode: bool


def make(named: Named, brand: model.Brand) -> Mapping[model.Channel, ports.Carrier]:
    """Both carriers, or one line about what is wrong."""
    mail: ports.Carrier
    sms: ports.Carrier
    if directory := outbox_of(named.mail_url, test_mode=named.test_mode):
        mail = outbox.Outbox(directory)
    else:
        mail = smtp.Smtp(named.mail_url, named.mail_from, brand)
    if directory := outbox_of(named.sms_url, test_mode=named.test_mode):
        sms = outbox.Outbox(directory)
    else:
        sms = twilio.Twilio(named.sms_url, named.sms_from)
    return {model.Channel.EMAIL: mail, model.Channel.SMS: sms}


def outbox_of(url: str, *, test_mode: bool) -> Path | None:
    """The outbox's directory if that is what the address names."""
    parts = urlsplit(url)
    if parts.scheme != "file":
        return None
    if not test_mode:
        raise settings.SettingsError("an outbox delivers nothing: it needs CUSTOMER_TEST_MODE=true")
    if parts.netloc or not parts.path.startswith("/"):
        raise settings.SettingsError("the outbox is an absolute path: file:///…")
    return Path(unquote(parts.path))
