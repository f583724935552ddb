"""Every route of the app with the rule that it states, and everybody who could come."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import litestar
from litestar import routes

from customer_stack.access import api, model, rules
from tests.customer.access import house as houses

SAMPLES = {"date": "2026-05-04", "uuid": "00000000-0000-4000-8000-000000000000", "str": "x", "int": "1"}


class Route(NamedTuple):
    """One method of one path, as it is registered."""

    method: str
    template: str
    rule: Any
    described: bool

    @property
    def path(self) -> str:
        """With a value for each parameter that its kind accepts."""
        return re.sub(r"\{\w+:(\w+)\}", lambda found: SAMPLES[found[1]], self.template)

    @property
    def name(self) -> str:
        """As the API's description writes it."""
        return re.sub(r":\w+\}", "}", self.template)


def every(app: litestar.Litestar) -> Iterator[Route]:
    """All but the framework's own pages, which nobody reaches, and its answers to OPTIONS."""
    for route in app.routes:
        if not isinstance(route, routes.HTTPRoute) or f"{route.path}/".startswith("/openapi/"):
            continue
        for method, (handler, _) in sorted(route.route_handler_map.items()):
            if method != "OPTIONS":
                described = bool(handler.resolve_include_in_schema())
                yield Route(method, route.path, handler.opt.get(api.RULE), described)


def personas() -> dict[str, model.Caller | None]:
    """Nobody, each role, staff of each preset, and machines; all with a factor that is fresh."""
    found: dict[str, model.Caller | None] = {"anonymous": None}
    found |= {role.value: _somebody(role, model.ROLES[role]) for role in model.Role}
    found |= {preset.value: _somebody(model.Role.STAFF, model.PRESETS[preset]) for preset in model.Preset}
    key = uuid.UUID(int=3)
    found["key of investor"] = _somebody(model.Role.INVESTOR, frozenset(), api_key=key)
    found["key for everything"] = _somebody(model.Role.STAFF, frozenset(model.Permission), api_key=key)
    return found


def stale(caller: model.Caller | None) -> model.Caller | None:
    """The same person, a little too long after the last factor."""
    old = houses.NOON - rules.FRESH - timedelta(seconds=1)
    return caller and _somebody(caller.role, caller.permissions, api_key=caller.api_key, factor_at=old)


def _somebody(role: model.Role, permissions: frozenset[model.Permission], **more: Any) -> model.Caller:
    return model.Caller(
        account=uuid.UUID(int=1),
        role=role,
        permissions=permissions,
        authenticated_at=houses.NOON,
        **{"factor_at": houses.NOON, **more},
    )
