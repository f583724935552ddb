"""E-mail by SMTP: a mail server of the operator's, under TLS wherever it is not on this machine.

One connection for each message: messages are few, and a connection that was idle is the commonest reason for a mail of
unknown fate. Until the server has been handed the text nothing can have left, so every failure up to there is certain.
"""

import asyncio
import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import aiosmtplib

from boundary.kernel.runtime import settings
from customer_stack.notifications import model
from customer_stack.notifications.formats import mail
from customer_stack.notifications.rules import templates

SECONDS = 15
"""For each step; a whole attempt must end within a delivery's lease."""
WHOLE_SECONDS = 45
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_HOST = re.compile(r"[A-Za-z0-9.:-]+")


class Server(NamedTuple):
    host: str
    port: int
    implicit_tls: bool
    start_tls: bool
    user: str | None
    password: str | None


def server(url: str) -> Server:
    """`smtps://user:password@host:465`, or `smtp://…:587`, which means STARTTLS unless the host is this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in {"smtp", "smtps"} or not _HOST.fullmatch(host) or parts.path.strip("/"):
        raise settings.SettingsError("the mail server's address is smtp://… or smtps://…")
    implicit = parts.scheme == "smtps"
    return Server(
        host=host,
        port=parts.port or (465 if implicit else 587),
        implicit_tls=implicit,
        start_tls=not implicit and host not in _LOOPBACK,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


class Smtp:
    def __init__(self, url: str, sender: str, brand: model.Brand, *, certificates: str | None = None) -> None:
        self._server = server(url)
        self._sender = sender
        self._brand = brand
        self._certificates = certificates
        if not mail.is_address(sender):
            raise settings.SettingsError("the address that mails come from is no address")

    async def carry(self, message: model.Message) -> model.Outcome:
        if not mail.is_address(message.to):
            return model.Outcome(model.Verdict.REFUSED, "address_malformed")
        composed = mail.compose(message, self._brand, self._sender, templates.direction(message.locale))
        attempt = _Attempt(self._client())
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                return await attempt.make(self._sender, message.to, composed.as_bytes())
        except (TimeoutError, OSError, aiosmtplib.SMTPException) as error:
            return attempt.failed(error)
        finally:
            attempt.client.close()

    async def close(self) -> None:
        """Nothing is kept open between messages."""

    def _client(self) -> aiosmtplib.SMTP:
        at = self._server
        return aiosmtplib.SMTP(
            hostname=at.host,
            port=at.port,
            username=at.user,
            password=at.password,
            local_hostname=self._sender.rpartition("@")[2],
            timeout=SECONDS,
            use_tls=at.implicit_tls,
            start_tls=at.start_tls,
            cert_bundle=self._certificates,
        )


class _Attempt:
    """One dialogue with a server, which knows whether the text has been handed over."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self.client = client
        self._handed_over = False

    async def make(self, sender: str, receiver: str, text: bytes) -> model.Outcome:
        await self.client.connect()
        await self.client.mail(sender)
        await self.client.rcpt(receiver)
        self._handed_over = True
        answer = await self.client.data(text)
        return model.Outcome(model.Verdict.ACCEPTED, f"smtp_{answer.code}")

    def failed(self, error: Exception) -> model.Outcome:
        """5xx about the sender, the receiver or the text is final; about the login it is ours to mend, so: later."""
        if isinstance(error, aiosmtplib.SMTPResponseException):
            final = isinstance(
                error, aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError
            )
            verdict = model.Verdict.REFUSED if final and 500 <= error.code < 600 else model.Verdict.LATER
            return model.Outcome(verdict, f"smtp_{error.code}")
        if self._handed_over:
            return model.Outcome(model.Verdict.UNKNOWN, "smtp_silent")
        return model.Outcome(model.Verdict.LATER, "smtp_unreachable")
