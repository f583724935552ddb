"""What access needs from others: somebody who knows who is asking."""

from typing import Any, Protocol

from litestar import connection

from customer_stack.access import model

Connection = connection.ASGIConnection[Any, Any, Any, Any]


class Authenticator(Protocol):
    """Who is behind a request. `identity` implements it; the composition root puts it into the app's state."""

    async def authenticate(self, connection: Connection) -> model.Caller | None:
        """The caller, with the permissions of this moment; nothing if no credential was sent.

        Raises `errors.Unauthenticated` for a credential that is bad, expired or revoked, and `errors.Forbidden` for
        a good one that may not be used like this, such as a cookie without the token against forged requests.
        """
        ...
