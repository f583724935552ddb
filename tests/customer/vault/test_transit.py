"""The key service over HTTP: the published format, and everything that can go wrong with it is a refusal, never a key."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import settings
from customer_stack import settings as customer_settings
from customer_stack import tables
from customer_stack.vault import jobs as vault_jobs
from customer_stack.vault import model
from customer_stack.vault.adapters import opening, transit
from customer_stack.vault.simulators.transit import server
from tests.customer.vault.conftest import INDEX_KEY, Guests, made

SAMPLES = json.loads((Path(__file__).parent / "samples" / "transit.json").read_text("utf-8"))
TOKEN = "s.fictional-token-of-a-test"
DOWN = (server.Fault.SLOW, server.Fault.CUT, server.Fault.INTERNAL, server.Fault.SEALED, server.Fault.STANDBY,
        server.Fault.LIMITED)  # fmt: skip
WRONG = tuple(fault for fault in server.Fault if fault not in DOWN)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transit, "SECONDS", 0.3)


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture
async def service() -> AsyncIterator[server.Service]:
    found = server.Service(ids.SystemIds(), name="people", token=TOKEN)
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
async def provider(service: server.Service, token_file: Path) -> AsyncIterator[transit.Transit]:
    found = transit.Transit(service.address, "people", token_file)
    yield found
    await found.close()


SECRETS = [n.to_bytes(53) for n in range(250)]


async def test_what_was_wrapped_unwraps_in_order(provider: transit.Transit) -> None:
    wrapped = await provider.wrap(SECRETS)
    assert {each.kek for each in wrapped} == {1} == {await provider.newest()}
    assert await provider.unwrap(wrapped) == SECRETS
    assert await provider.unwrap([]) == []


async def test_a_rotation_in_the_service_is_followed(provider: transit.Transit, service: server.Service) -> None:
    wrapped = await provider.wrap(SECRETS[:3])
    service.rotate()
    assert await provider.newest() == 2
    fresh = await provider.rewrap(wrapped)
    assert {each.kek for each in fresh} == {2}
    assert await provider.unwrap([*wrapped, *fresh]) == SECRETS[:3] * 2
    service.trim(2)
    assert await provider.unwrap(fresh) == SECRETS[:3]
    with pytest.raises(model.KeyServiceWrong):
        await provider.unwrap(wrapped)


@pytest.mark.parametrize("fault", DOWN)
async def test_a_service_that_cannot_answer_is_down(
    provider: transit.Transit, service: server.Service, fault: server.Fault
) -> None:
    wrapped = await provider.wrap(SECRETS[:2])
    service.seen.clear()
    service.misbehave(fault)
    for call in (provider.newest(), provider.wrap(SECRETS[:2]), provider.unwrap(wrapped), provider.rewrap(wrapped)):
        started = time.monotonic()
        with pytest.raises(model.KeyServiceDown) as refusal:
            await call
        assert refusal.value.code == "key_service_unavailable"
        assert time.monotonic() - started < transit.ATTEMPTS * transit.SECONDS + 1
    assert 4 * transit.ATTEMPTS <= len(service.seen) <= 6 * transit.ATTEMPTS  # the client itself repeats a cut GET


@pytest.mark.parametrize("fault", DOWN)
async def test_one_failure_on_the_way_is_got_over(
    provider: transit.Transit, service: server.Service, fault: server.Fault
) -> None:
    wrapped = await provider.wrap(SECRETS[:2])
    service.misbehave(fault, times=1)
    assert await provider.unwrap(wrapped) == SECRETS[:2]


@pytest.mark.parametrize("fault", WRONG)
async def test_a_wrong_answer_is_never_used(guests: Guests, provider: transit.Transit, service: server.Service,
                                            fault: server.Fault) -> None:  # fmt: skip
    """Through the vault, which alone can tell that a key is not that of its subject."""
    kept = guests._replace(vault=made(provider, remembered_max=0))
    one, other = await kept.register("one@house.example"), await kept.register("other@house.example")
    rows = await guests.db.run("test", lambda tx: tx.fetch("SELECT id, email FROM guest"))
    values = {(row["id"], "guest.email"): row["email"] for row in rows}
    service.misbehave(fault)
    with pytest.raises(model.KeyServiceWrong) as refusal:
        await guests.db.run("test", lambda tx: kept.vault.open_many(tx, values))
    assert refusal.value.code == "key_service_wrong"
    service.misbehave(None)
    found = await guests.db.run("test", lambda tx: kept.vault.open_many(tx, values))
    assert {subject for subject, _ in found} == {one, other}


@pytest.mark.parametrize("fault", [server.Fault.SLOW, server.Fault.SEALED])
async def test_without_the_service_nothing_is_read_or_written(
    guests: Guests, provider: transit.Transit, service: server.Service, fault: server.Fault
) -> None:
    kept = guests._replace(vault=made(provider, remembered_max=0))
    subject = await kept.register("one@house.example")
    service.misbehave(fault)
    for work in (kept.read(subject), kept.register("other@house.example")):
        with pytest.raises(errors.Unavailable) as refusal:
            await work
        assert refusal.value.code == "key_service_unavailable"
    assert await guests.db.run("test", lambda tx: tx.value("SELECT count(*) FROM subject_key")) == 1
    await guests.db.run("test", lambda tx: kept.vault.shred(tx, subject))  # erasing needs nobody's leave
    service.misbehave(None)
    with pytest.raises(model.Unreadable):
        await kept.read(subject)


async def test_keys_move_from_files_to_nothing_else_by_accident(guests: Guests, provider: transit.Transit) -> None:
    """A data key that another provider wrapped is not sent to the service."""
    subject = await guests.register("one@house.example")
    with pytest.raises(model.KeyServiceWrong, match="somebody else"):
        await guests._replace(vault=made(provider)).read(subject)


async def test_the_service_rewraps_without_showing_a_key(
    guests: Guests, provider: transit.Transit, service: server.Service
) -> None:
    kept = guests._replace(vault=made(provider, remembered_max=0))
    subject = await kept.register("one@house.example")
    service.rotate()
    service.seen.clear()
    await vault_jobs.rewrap(guests.db, kept.vault)
    assert {path.split("/")[3] for _, path, _ in service.seen} == {"keys", "rewrap"}
    service.trim(2)
    assert (await kept.read(subject))["guest.email"] == "one@house.example"


async def test_a_token_that_was_renewed_is_used_at_once(
    provider: transit.Transit, service: server.Service, token_file: Path
) -> None:
    renew = token_file.write_text
    renew("s.expired")
    with pytest.raises(model.KeyServiceWrong):
        await provider.newest()
    renew(TOKEN)
    assert await provider.newest() == 1
    renew("")
    with pytest.raises(model.KeyServiceDown):
        await provider.newest()


# ---- a process that is told of a key service


def told(service: server.Service, token_file: Path, keys: Path) -> customer_settings.Settings:
    return customer_settings.Settings(
        database_url=settings.Secret(""),
        vault_keys=keys,
        vault_kms_url=service.address,
        vault_kms_key="people",
        vault_kms_token_file=token_file,
    )


async def test_the_index_key_may_stand_wrapped_by_the_service(
    provider: transit.Transit, service: server.Service, token_file: Path, tmp_path: Path
) -> None:
    [wrapped] = await provider.wrap([INDEX_KEY])
    write = (tmp_path / "index.wrapped").write_bytes
    write(wrapped.data + b"\n")
    time = clock.SystemClock()
    config = told(service, token_file, tmp_path)
    vault = await opening.vault(config, tables.METADATA, ids.SystemIds(time), time)
    assert vault.blind("email", "x") == made().blind("email", "x")
    await vault.close()
    [short] = await provider.wrap([INDEX_KEY[:16]])
    for damaged, refusal in ((b"", model.KeyServiceWrong), (short.data, settings.SettingsError)):
        write(damaged)
        with pytest.raises(refusal):
            await opening.vault(config, tables.METADATA, ids.SystemIds(time), time)
    service.misbehave(server.Fault.SEALED)
    write(wrapped.data)
    with pytest.raises(model.KeyServiceDown):
        await opening.vault(config, tables.METADATA, ids.SystemIds(time), time)


# ---- the published samples


@pytest.mark.parametrize("verb", ["encrypt", "decrypt", "rewrap"])
async def test_requests_and_answers_are_the_published_ones(token_file: Path, verb: str) -> None:
    asked: dict[str, Any] = {}

    async def answer(request: web.Request) -> web.Response:
        asked.update(path=request.path, token=request.headers["X-Vault-Token"], body=json.loads(await request.read()))
        return web.json_response(SAMPLES[verb]["response"])

    provider, stop = await against(answer, token_file)
    secret = base64.b64decode("dGhlIHF1aWNrIGJyb3duIGZveA==")
    wrapped = model.Wrapped(1, SAMPLES["decrypt"]["request"]["batch_input"][0]["ciphertext"].encode())
    match verb:
        case "encrypt":
            assert await provider.wrap([secret]) == [wrapped]
        case "decrypt":
            assert await provider.unwrap([wrapped]) == [secret]
        case "rewrap":
            assert await provider.rewrap([wrapped]) == [model.Wrapped(2, b"vault:v2:abcdefgh")]
    assert asked == {"path": f"/v1/transit/{verb}/my-key", "token": TOKEN, "body": SAMPLES[verb]["request"]}
    await stop()


async def test_the_published_answer_about_a_key_is_understood(token_file: Path) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response(SAMPLES["read_key"]["response"])

    provider, stop = await against(answer, token_file)
    assert await provider.newest() == 1
    await stop()


async def test_words_of_the_service_and_the_token_are_not_repeated(
    provider: transit.Transit, service: server.Service
) -> None:
    service.misbehave(server.Fault.DENIED)
    with pytest.raises(model.KeyServiceWrong) as refusal:
        await provider.newest()
    assert "permission denied" not in str(refusal.value)
    assert TOKEN not in repr(provider) + repr(refusal.value)
    assert refusal.value.facts == {"status": 403}


@pytest.mark.parametrize("url", ["http://keys.example/v1/transit", "keys.example", "ftp://127.0.0.1", ""])
def test_keys_travel_encrypted_or_on_this_machine(url: str, token_file: Path) -> None:
    with pytest.raises(settings.SettingsError):
        transit.Transit(url, "people", token_file)


@pytest.mark.parametrize("damage", ["readable", "missing", "empty", "odd"])
def test_a_token_that_is_not_right_stops_the_start(token_file: Path, damage: str) -> None:
    match damage:
        case "readable":
            token_file.chmod(0o644)
        case "missing":
            token_file.unlink()
        case "empty":
            token_file.write_text("\n")
        case "odd":
            token_file.write_text("a\nx-other: header")
    with pytest.raises(settings.SettingsError):
        transit.Transit("https://keys.example/v1/transit", "people", token_file)


async def against(answer: Any, token_file: Path) -> tuple[transit.Transit, Any]:
    app = web.Application()
    app.router.add_route("*", "/v1/transit/{rest:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    provider = transit.Transit(f"http://{host}:{port}/v1/transit", "my-key", token_file)

    async def stop() -> None:
        await provider.close()
        await runner.cleanup()

    return provider, stop


async def test_many_at_once_share_one_session(provider: transit.Transit) -> None:
    found = await asyncio.gather(*(provider.wrap([secret]) for secret in SECRETS[:20]))
    assert await provider.unwrap([each for [each] in found]) == SECRETS[:20]
