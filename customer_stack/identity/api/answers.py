"""How identity answers: cookies that no script reads and no other site sends, and refusals that were committed."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import litestar
from litestar import datastructures

from boundary.kernel import errors
from customer_stack.identity.api import bodies
from customer_stack.identity.model import sessions as model
from customer_stack.identity.rules import sessions as lifetimes
from customer_stack.identity.service import requests

T = TypeVar("T")
Request = litestar.Request[Any, Any, Any]

EVEN_SECONDS = 0.2
COOKIES = (requests.ACCESS_COOKIE, requests.REFRESH_COOKIE)
CLEAR = {"clear-site-data": '"cache", "cookies", "storage"'}


def good(result: T | errors.Refusal) -> T:
    """What a transaction answered, or its refusal, raised now that it is committed."""
    if isinstance(result, errors.Refusal):
        raise result
    return result


async def evenly(work: Awaitable[T]) -> T:
    """What takes longer for an address that somebody has answers no sooner for one that nobody has: both wait for the
    same moment, which is later than either needs.
    """
    result, _ = await asyncio.gather(work, asyncio.sleep(EVEN_SECONDS))
    return result


def client(request: Request) -> model.Client:
    edge: requests.Edge = request.app.state.edge
    return edge.client(request)


def signed_in(
    tokens: model.Tokens, now: datetime, *, bearer: bool, device: str = "", status: int = 200
) -> litestar.Response[Any]:
    """The tokens, in cookies or in the body. The device's cookie is not a credential and goes to both."""
    body = bodies.SignedIn(
        session=tokens.session,
        access_token=tokens.access,
        token_type="Bearer",  # noqa: S106 -- the type's name, from RFC 6750
        expires_at=tokens.expires_at,
        session_expires_at=tokens.session_expires_at,
        csrf_token=tokens.csrf,
        factor_at=tokens.factor_at,
        enrolment_required=tokens.enrolment_required,
        refresh_token=(tokens.refresh or None) if bearer else None,
    )
    cookies = []
    if not bearer:
        cookies.append(cookie(requests.ACCESS_COOKIE, tokens.access, tokens.expires_at - now))
        if tokens.refresh:
            cookies.append(cookie(requests.REFRESH_COOKIE, tokens.refresh, tokens.session_expires_at - now))
    if device:
        cookies.append(cookie(requests.DEVICE_COOKIE, device, lifetimes.DEVICE))
    return litestar.Response(body, status_code=status, cookies=cookies)


def cookie(name: str, value: str, life: timedelta) -> datastructures.Cookie:
    """`__Host-` makes the browser insist on Secure, the root path and no domain: no neighbour can plant or read it."""
    return datastructures.Cookie(
        key=name,
        value=value,
        path="/",
        max_age=max(0, life // timedelta(seconds=1)),
        secure=True,
        httponly=True,
        samesite="strict",
    )


def signed_out(body: T, status: int) -> litestar.Response[T]:
    """The session's cookies go at once, and what the browser kept of us with them. The device stays known."""
    gone = [cookie(name, "", timedelta()) for name in COOKIES]
    return litestar.Response(body, status_code=status, cookies=gone, headers=CLEAR)
