"""What the services of identity are made with, once for a process."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import clock, ids
from customer_stack.identity import ports
from customer_stack.identity.formats import tokens
from customer_stack.identity.model import accounts, sessions

EMAIL, PHONE = "account.email", "account.phone"
"""What the values of these columns are bound to, as every sealed column's: `table.column`."""


class Front(NamedTuple):
    """What only the process has that people sign in to. `issuer` and `audience` are this API's address: tokens of
    another deployment are for somebody else.
    """

    ring: tokens.Ring
    issuer: str
    audience: str
    passwords: ports.Passwords


class Identity(NamedTuple):
    """Without a front it serves jobs and commands, which hold no key for signing anybody in."""

    vault: ports.Vault
    notifier: ports.Notifier
    rights: ports.Rights
    brand: str
    country: str
    languages: tuple[str, ...]
    versions: Mapping[accounts.Consent, str]
    time: clock.Clock
    random: ids.Ids
    front: Front | None = None

    @property
    def door(self) -> Front:
        assert self.front is not None, "nobody signs in to a worker"
        return self.front

    def now(self) -> datetime:
        return self.time.now()

    def login(self, email: str) -> bytes:
        """The blind index under which an address is found."""
        return self.vault.blind("email", email)

    def phone(self, number: str) -> bytes:
        return self.vault.blind("phone", number)

    def program(self, account: UUID, client: sessions.Client) -> bytes:
        """What kind of client an account's session belongs to, so that it can be compared and not read."""
        return self.vault.commitment("identity.client", f"{account.hex}\0{client.family}\0{client.system}")

    def network(self, account: UUID, client: sessions.Client) -> bytes:
        return self.vault.commitment("identity.network", f"{account.hex}\0{client.network}")

    def csrf(self, session: UUID) -> bytes:
        """The token against forged requests: a keyed function of the session, so nothing has to be stored."""
        return self.vault.commitment("identity.csrf", session.bytes)
