"""Whose objects: a pattern for the tests of every capability with an id in a path.

    async def test_orders_are_their_owners_alone(house):
        mine, theirs = await order(house, one), await order(house, other)
        things = [bola.Thing("GET", "/api/v1/orders/{order}", mine, theirs), ...]
        await bola.assert_owners_alone(house.client, one.headers, things)
        assert bola.uncovered(house.inner, "/api/v1/orders", things) == set()

Somebody else's object must look exactly like one that is not there: the same status, the same words. The caller's own
is asked for last, since asking may end it.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import litestar

from customer_stack.access import rules
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import walking

MISSING = "00000000-0000-4000-8000-00000000dead"


class Thing(NamedTuple):
    """One route, and the id that stands for an object in it: the caller's own, somebody else's, nobody's."""

    method: str
    template: str
    own: str
    others: str
    missing: str = MISSING
    body: Any = None
    headers: Sequence[tuple[str, str]] = ()
    more: Mapping[str, str] = MappingProxyType({})

    def path(self, of: str) -> str:
        """The first parameter is the object; those behind it, if any, have the values of `more`."""
        name, *rest = re.findall(r"\{\w+\}", self.template)
        path = self.template.replace(name, of)
        for each in rest:
            path = path.replace(each, self.more[each.strip("{}")])
        return path


async def assert_owners_alone(
    client: loopback.Client, caller: Sequence[tuple[str, str]], things: Iterable[Thing]
) -> None:
    for thing in things:
        others, missing = [await ask(client, caller, thing, of) for of in (thing.others, thing.missing)]
        assert missing.status == 404, (thing, missing)
        assert spoken(others) == spoken(missing), f"{thing.method} {thing.template} tells that the object is there"
        own = await ask(client, caller, thing, thing.own)
        assert own.status < 400, (thing, own)


async def ask(client: loopback.Client, caller: Sequence[tuple[str, str]], thing: Thing, of: str) -> loopback.Answer:
    body = None if thing.body is None else json.dumps(thing.body).encode()
    kind = [("content-type", "application/json")] if body is not None else []
    return await client.request(thing.method, thing.path(of), body, *caller, *kind, *thing.headers)


def spoken(answer: loopback.Answer) -> tuple[Any, ...]:
    """All of an answer but what is different each time."""
    told = {name: value for name, value in answer.json.items() if name != "request_id"}
    return answer.status, told, sorted((name, value) for name, value in answer.headers if name != "x-request-id")


def uncovered(app: litestar.Litestar, prefix: str, things: Iterable[Thing]) -> set[tuple[str, str]]:
    """Routes below a prefix that name an object, are open to whoever is signed in, and that no thing tries."""
    tried = {(thing.method, thing.template) for thing in things}
    return {
        (route.method, route.name)
        for route in walking.every(app)
        if route.template.startswith(prefix) and "{" in route.template and _by_owner(route.rule)
    } - tried


def _by_owner(rule: rules.Rule) -> bool:
    return not rule.public and not rule.permissions
