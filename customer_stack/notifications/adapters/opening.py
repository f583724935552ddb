"""The post office of a process, from its settings and the operator's configuration."""

from collections.abc import Mapping
from datetime import datetime

from boundary.kernel import clock, ids
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import settings
from customer_stack.branding import model as branding
from customer_stack.notifications import model, ports
from customer_stack.notifications.adapters import carriers, language_files, outbox
from customer_stack.notifications.service import notices, wording


def post(
    held: branding.Branding,
    vault: ports.Vault,
    addresses: ports.Addresses,
    time: clock.Clock,
    random: ids.Ids,
) -> notices.Post:
    """Refused with one line if a language file is broken."""
    words = wording.Wording(language_files.load(), wording.brand(held, time.now()), wording.default_locale(held))
    return notices.Post(vault, addresses, words, time, random)


def carrying(
    config: settings.Settings, held: branding.Branding, now: datetime
) -> Mapping[model.Channel, ports.Carrier]:
    """The carriers that the settings name."""
    if config.mail_url is None or config.mail_from is None or config.sms_url is None or config.sms_from is None:
        raise kernel_settings.SettingsError("CUSTOMER_MAIL_URL, _MAIL_FROM, _SMS_URL or _SMS_FROM is missing")
    named = carriers.Named(
        mail_url=config.mail_url.reveal(),
        mail_from=config.mail_from,
        sms_url=config.sms_url.reveal(),
        sms_from=config.sms_from,
        test_mode=config.test_mode,
    )
    return carriers.make(named, wording.brand(held, now))


def shown_outbox(config: settings.Settings) -> outbox.Outbox | None:
    """What a developer may read: only in test mode, and only if mail goes there."""
    if not config.test_mode or config.mail_url is None:
        return None
    directory = carriers.outbox_of(config.mail_url.reveal(), test_mode=True)
    return outbox.Outbox(directory) if directory else None
