"""Signatures, checked with openssl; keys that are fit, and a key that is replaced under load."""

import asyncio
import base64
import pathlib
import subprocess
from datetime import UTC, datetime

import pytest

from boundary.kernel import clock, ids
from execution_stack.venues import model
from execution_stack.venues.adapters.kalshi import client, http, signing
from tests.execution.venues import kalshi

AT = datetime(2026, 11, 20, 12, 0, 0, 123_456, tzinfo=UTC)


def _openssl(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False)


async def test_openssl_accepts_what_we_sign_and_nothing_else(keys: pathlib.Path) -> None:
    public = keys / "public.pem"
    public.write_bytes(kalshi.make_key(keys, "k1"))
    signer = signing.FileKey("k1", keys / "k1.pem")
    headers = await signing.headers(signer, clock.ManualClock(AT), "GET", "/trade-api/v2/portfolio/balance")
    assert headers["KALSHI-ACCESS-TIMESTAMP"] == "1795176000123"
    signature = keys / "signature"
    signature.write_bytes(base64.b64decode(headers["KALSHI-ACCESS-SIGNATURE"], validate=True))
    pss = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32", "-sigopt", "rsa_mgf1_md:sha256")
    for message, good in (
        ("1795176000123GET/trade-api/v2/portfolio/balance", True),
        ("1795176000123GET/trade-api/v2/portfolio/balance?limit=5", False),
        ("1795176000124GET/trade-api/v2/portfolio/balance", False),
        ("1795176000123POST/trade-api/v2/portfolio/balance", False),
    ):
        text = keys / "message"
        text.write_text(message)
        told = _openssl("dgst", "-sha256", *pss, "-verify", public, "-signature", signature, text)
        assert (told.returncode == 0) is good, (message, told)


def test_a_key_that_openssl_made_is_read_and_a_weak_one_is_not(keys: pathlib.Path) -> None:
    for bits, good in ((3072, True), (2048, False)):
        path = keys / f"{bits}.pem"
        assert _openssl("genrsa", "-out", path, bits).returncode == 0
        path.chmod(0o600)
        if good:
            assert signing.FileKey("k", path).key_id == "k"
        else:
            with pytest.raises(model.KeyUnfit, match="3072"):
                signing.FileKey("k", path)


def test_unfit_keys_are_refused_without_a_word_of_what_they_hold(keys: pathlib.Path) -> None:
    kalshi.make_key(keys, "open")
    (keys / "open.pem").chmod(0o644)
    (keys / "rubbish.pem").write_text("a secret that is no key")
    (keys / "rubbish.pem").chmod(0o600)
    assert _openssl("genpkey", "-algorithm", "ed25519", "-out", keys / "other.pem").returncode == 0
    (keys / "other.pem").chmod(0o600)
    for name in ("open", "rubbish", "other", "missing"):
        with pytest.raises(model.KeyUnfit) as unfit:
            signing.FileKey(name, keys / f"{name}.pem")
        assert "secret" not in str(unfit.value)
    with pytest.raises(model.KeyUnfit):
        signing.FileKey("no/id", keys / "open.pem")


def test_no_representation_shows_a_key(keys: pathlib.Path) -> None:
    kalshi.make_key(keys, "k1")
    signer = signing.FileKey("k1", keys / "k1.pem")
    assert repr(signer) == str(signer) == "FileKey(k1)"


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "new.pem"
    public = signing.make(path)
    assert (path.stat().st_mode & 0o777, signing.public(path)) == (0o600, public)
    assert _openssl("rsa", "-in", path, "-pubout").stdout == public
    with pytest.raises(model.KeyUnfit, match="never overwritten"):
        signing.make(path)
    assert signing.public(path) == public
    assert [each.name for each in tmp_path.iterdir()] == ["new.pem"]


async def test_a_key_is_replaced_under_load_and_no_request_is_lost(clean: kalshi.Exchange, keys: pathlib.Path) -> None:
    for key_id, of in (("old", "us"), ("new", "a stranger")):
        await clean.tell("key", key_id=key_id, pem=kalshi.make_key(keys, key_id, of).decode())
    (keys / "current").write_text("old")
    ring = signing.Directory(keys)
    venue = client.Client(clean.url, ring, clock.SystemClock(), ids.SystemIds())
    await venue.limits()
    stop, asked = asyncio.Event(), 0

    async def load() -> None:
        nonlocal asked
        while not stop.is_set():
            await venue.balance()
            asked += 1

    async def more(than: int) -> bool:
        return asked > than

    async def switched() -> bool:
        return ring.signer.key_id == "new"

    work = [asyncio.create_task(load()) for _ in range(8)]
    await kalshi.eventually(lambda: more(40))
    (keys / "next").write_text("new\n")
    (keys / "next").rename(keys / "current")
    await kalshi.eventually(switched)
    so_far = asked + 20
    await kalshi.eventually(lambda: more(so_far))
    await clean.tell("key", key_id="old")
    await kalshi.eventually(lambda: more(so_far + 40))
    stop.set()
    await asyncio.gather(*work)
    await venue.close()


async def test_a_current_that_cannot_be_followed_changes_nothing(keys: pathlib.Path) -> None:
    kalshi.make_key(keys, "k1")
    (keys / "current").write_text("k1")
    ring = signing.Directory(keys)
    for text in ("none", "", "../k1", "\0"):
        (keys / "next").write_text(text)
        (keys / "next").rename(keys / "current")
        await ring.look()
        assert ring.signer.key_id == "k1"
    (keys / "current").unlink()
    await ring.look()
    assert ring.signer.key_id == "k1"


@pytest.mark.parametrize(
    "url",
    ["http://exchange.example", "https://user:secret@exchange.example", "https://exchange.example/v2", "ftp://x", "x"],
)
def test_an_address_without_tls_or_with_more_than_a_host_is_refused(url: str) -> None:
    with pytest.raises(http.BadAddress) as refused:
        http.origin(url)
    assert "secret" not in str(refused.value)
