"""The browsable reference: it works offline, under a policy that allows no script but its own files."""

import html.parser
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.boundary.kernel.runtime import loopback, sample_app

Serve = Callable[[Any], Awaitable[loopback.Client]]


@pytest.fixture
async def client(serve: Serve) -> loopback.Client:
    return await serve(sample_app.usual())


class Page(html.parser.HTMLParser):
    """What a page loads, and what it would run by itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.loads += [value for name in ("src", "href") if (value := given.get(name))]
        self.inline += [f"{name}={value}" for name, value in attributes if name.startswith("on") or name == "style"]
        self._in_script = tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.inline.append(data)


async def test_the_page_runs_nothing_inline_and_loads_nothing_from_elsewhere(client: loopback.Client) -> None:
    page = Page((await client.get("/docs")).body.decode())
    assert page.inline == []
    assert len(page.loads) == 3
    assert all(re.fullmatch(r"/docs/[a-z.-]+", address) for address in page.loads)


async def test_everything_the_page_loads_is_there_with_its_type(client: loopback.Client) -> None:
    types = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
    for address in Page((await client.get("/docs")).body.decode()).loads:
        answer = await client.get(address)
        assert answer.status == 200
        assert answer.header("content-type") == types[address[address.rindex(".") :]]
        assert len(answer.body) > 50


async def test_the_policy_of_the_page_allows_its_own_files_and_nothing_inline(client: loopback.Client) -> None:
    policy = (await client.get("/docs")).header("content-security-policy") or ""
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy
    assert "http" not in policy


async def test_the_page_starts_on_our_own_description_and_asks_no_validator(client: loopback.Client) -> None:
    start = (await client.get("/docs/start.js")).body.decode()
    assert '"/openapi.json"' in start
    assert "validatorUrl: null" in start
    assert "http" not in start


async def test_the_title_is_the_brands_and_cannot_break_out(client: loopback.Client) -> None:
    assert b"<title>Sample &amp; Sons</title>" in (await client.get("/docs")).body


@pytest.mark.parametrize("name", ["nothing.js", "swagger-ui.css.map", "index.html", "__init__.py", "start.js.map"])
async def test_no_other_file_is_served(client: loopback.Client, name: str) -> None:
    answer = await client.get(f"/docs/{name}")
    assert (answer.status, answer.code) == (404, "not_found")
