"""A message as RFC 5322 mail: plain text and HTML beside each other, in the operator's name.

Headers are built by the standard library's policy, which refuses a line break in any of them; addresses are checked
before they become one. The Message-ID is made of the delivery's number, so every attempt at the same delivery carries
the same one.
"""

import html
import re
from email import headerregistry, message, policy, utils

from customer_stack.notifications import model

_POLICY = policy.SMTP.clone(max_line_length=78)
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
ADDRESS_MAX = 254
_PAGE = """\
<!doctype html>
<html lang="{lang}" dir="{direction}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{subject}</title></head>
<body style="margin:0;background:{surface};color:{text};font-family:sans-serif;line-height:1.5">
<div style="background:{primary};color:{on_primary};padding:16px 24px;font-size:18px;font-weight:bold">{brand}</div>
<div style="padding:24px;max-width:640px">
<h1 style="font-size:20px;margin:0 0 16px">{subject}</h1>
{paragraphs}
<p style="font-size:13px;margin:32px 0 0">{entity} · <a href="mailto:{support}" style="color:{text}">{support}</a></p>
</div>
</body>
</html>
"""


def is_address(text: str) -> bool:
    """Whether this may stand in an envelope and a header: ASCII, one line, one @, a domain with a dot."""
    return len(text) <= ADDRESS_MAX and _ADDRESS.fullmatch(text) is not None


def compose(sent: model.Message, brand: model.Brand, sender: str, direction: model.Direction) -> message.EmailMessage:
    """The whole mail. `sender` and the receiver must be addresses."""
    if not is_address(sender) or not is_address(sent.to):
        raise ValueError("an address that may not stand in a header")
    mail = message.EmailMessage(policy=_POLICY)
    mail["From"] = headerregistry.Address(display_name=brand.name, addr_spec=sender)
    mail["To"] = headerregistry.Address(addr_spec=sent.to)
    mail["Subject"] = sent.subject
    mail["Date"] = utils.format_datetime(sent.at)
    mail["Message-ID"] = f"<{sent.id.hex}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_plain(sent, brand), subtype="plain", charset="utf-8")
    mail.add_alternative(_page(sent, brand, direction), subtype="html", charset="utf-8")
    mail["Content-Language"] = sent.locale.value  # last, or it would go with the first part
    return mail


def _plain(sent: model.Message, brand: model.Brand) -> str:
    return "\n\n".join((*sent.paragraphs, f"-- \n{brand.legal_entity}\n{brand.support_email}")) + "\n"


def _page(sent: model.Message, brand: model.Brand, direction: model.Direction) -> str:
    """Everything is escaped; colours were checked when the configuration was read."""
    values = {
        "lang": sent.locale.value,
        "direction": direction.value,
        "subject": sent.subject,
        "brand": brand.name,
        "entity": brand.legal_entity,
        "support": brand.support_email,
        "surface": brand.surface,
        "text": brand.text,
        "primary": brand.primary,
        "on_primary": brand.on_primary,
    }
    escaped = {name: html.escape(value) for name, value in values.items()}
    paragraphs = "\n".join(f'<p style="margin:0 0 12px">{html.escape(each)}</p>' for each in sent.paragraphs)
    return _PAGE.format(**escaped, paragraphs=paragraphs)
