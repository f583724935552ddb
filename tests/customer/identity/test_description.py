"""The API against its own description: schemathesis makes the requests, the product's app answers them.

Nothing may fail with a fault of ours, and whatever is answered is described: status, content type and shape. The
program knows our addresses from OpenAPI alone, follows what answers name to further requests, and is somebody: it has
a session with a fresh factor. What would end that session is left to the other tests.
"""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from tests.customer.identity import house as houses

CASES_MIN = 1000
PER_OPERATION = 12
TAGS = "^(account|api keys|factors|passwords|registration|sessions)$"
ENDS_THE_SESSION = "sign_out|sign_out_everywhere|end_session|reset_password"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance,negative_data_rejection,unsupported_method,allow_header_conformance"
)


async def run(house: houses.House, place: Path, *more: str) -> tuple[int, str]:
    program = Path(sys.executable).with_name("st")
    command = (
        str(program), "run", f"http://127.0.0.1:{house.port}/openapi.json", "--include-tag-regex", TAGS,
        "--checks", CHECKS, "--max-examples", str(PER_OPERATION), "--workers", "1", "--seed", "4", "--no-shrink",
        "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off",
        *more,
    )  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=place,
        env={**os.environ, "NO_COLOR": "1", "SCHEMATHESIS_HOOKS": ""},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


@pytest.mark.timeout(600)
async def test_nothing_breaks_and_nothing_is_undescribed(house: houses.House, tmp_path: Path) -> None:
    house.app.state.throttles._scale = 100_000
    member = await house.member("amara", bearer=True)
    member.user_agent = "schemathesis"
    await member.sign_in()
    await member.step_up()
    headers = ("--header", f"Authorization: Bearer {member.token}", "--header", "User-Agent: schemathesis")
    exclude = ("--exclude-operation-id-regex", ENDS_THE_SESSION)
    status, said = await run(house, tmp_path, *headers, *exclude)
    assert status == 0, said[-6000:]
    told = re.search(r"(\d+) generated", said)
    assert told is not None, said[-2000:]
    assert int(told[1]) >= CASES_MIN, said[-2000:]
    assert "API Links" in said, "nothing was followed from one answer to another request"
    assert (await member.get("/api/v1/me")).status == 200, "the session was lost on the way: most cases said 401"


async def test_the_description_names_examples_rules_and_links_for_every_route(house: houses.House) -> None:
    described = (await house.visitor().get("/openapi.json")).json
    for path, operations in described["paths"].items():
        if not path.startswith("/api/v1/"):
            continue
        for method, operation in operations.items():
            assert operation["operationId"], (method, path)
            assert operation["summary"], (method, path)
            assert "default" in operation["responses"], (method, path)
            for content in operation.get("requestBody", {}).get("content", {}).values():
                assert "example" in content, (method, path)
