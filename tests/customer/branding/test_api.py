"""The two public routes over HTTP: content, caching, and that nothing but the operator's own name is told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import litestar
import msgspec
import pytest
from litestar.testing import TestClient

from boundary.kernel import clock
from customer_stack.branding import api, model, service
from customer_stack.branding.adapters import files

Client = TestClient[litestar.Litestar]
PATHS = ["/config.json", "/jurisdiction"]


@pytest.fixture
def time() -> clock.ManualClock:
    return clock.ManualClock(datetime(2026, 5, 31, 12, tzinfo=UTC))


@pytest.fixture
def client(time: clock.ManualClock) -> Iterator[Client]:
    packs = files.jurisdictions()
    config = service.read_config("config.json", service.example("AE"), packs, time.now())
    config = msgspec.structs.replace(config, limits=model.LimitOverrides())
    app = litestar.Litestar(route_handlers=api.HANDLERS)
    app.state.branding = model.Branding(config, packs)
    app.state.clock = time
    with TestClient(app) as client:
        yield client


def body(client: Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    return answer.json()


def test_config_json_tells_brand_jurisdiction_modules_languages_and_limits(client: Client) -> None:
    told = body(client, "/config.json")
    assert told.keys() == set(model.PublicConfig.__struct_fields__)
    assert told["brand"]["name"] == "Example Market Emirates"
    assert told["jurisdiction"]["code"] == "AE"
    assert told["languages"] == ["ar", "en"]
    assert told["limits"]["day"] == {"amount": "2000000.00", "currency": "AED"}
    assert "wallet" in told["modules"]


def test_jurisdiction_tells_the_pack_of_today_and_of_tomorrow_after_midnight(
    client: Client, time: clock.ManualClock
) -> None:
    assert body(client, "/jurisdiction")["minimum_age"] == 21
    time.advance(timedelta(hours=8))  # 1 June begins in Dubai
    told = body(client, "/jurisdiction")
    assert (told["minimum_age"], told["effective_from"]) == (18, "2026-06-01")
    assert told.keys() == set(model.PublicPack.__struct_fields__)


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_may_be_kept_for_a_minute(client: Client, path: str) -> None:
    assert client.get(path).headers["cache-control"] == "public, max-age=60"


@pytest.mark.parametrize("path", PATHS)
def test_a_known_tag_is_answered_without_a_body(client: Client, path: str) -> None:
    tag = client.get(path).headers["etag"]
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        answer = client.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
        assert answer.headers["cache-control"] == "public, max-age=60"
    for unknown in ('"other"', "", tag[:-2] + '"', "W/"):
        assert client.get(path, headers={"If-None-Match": unknown}).status_code == 200


def test_the_tag_changes_with_the_law(client: Client, time: clock.ManualClock) -> None:
    tag = client.get("/jurisdiction").headers["etag"]
    assert client.get("/jurisdiction").headers["etag"] == tag
    time.advance(timedelta(days=1))
    answer = client.get("/jurisdiction", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.headers["etag"] != tag


@pytest.mark.parametrize("path", PATHS)
def test_no_supplier_is_named(client: Client, path: str) -> None:
    answer = client.get(path)
    assert "bulkhead" not in (answer.text + str(answer.headers)).lower()


def test_the_description_of_the_routes_names_their_answers(client: Client) -> None:
    paths = client.app.openapi_schema.to_schema()["paths"]
    for path, name in zip(PATHS, ("PublicConfig", "PublicPack"), strict=True):
        described = str(paths[path]["get"]["responses"]["200"])
        assert name in described
