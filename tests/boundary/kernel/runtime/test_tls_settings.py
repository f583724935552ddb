"""Where frames may travel in the clear: on this machine and nowhere else, and a stack that would does not start."""

from pathlib import Path

import pytest

from boundary.kernel.runtime import settings, tls
from customer_stack import settings as customer
from execution_stack import settings as execution

CLIENT = dict.fromkeys(customer.TLS, "/nowhere/file.pem")
SERVER = dict.fromkeys(execution.TLS, "/nowhere/file.pem")
CUSTOMER = {"CUSTOMER_DATABASE_URL": "postgresql://somewhere/customer"}
EXECUTION = {"EXECUTION_DATABASE_URL": "postgresql://somewhere/execution", "EXECUTION_CHANNEL_KEYS": "/nowhere"}


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8701", "http://localhost:8701/", "http://[::1]:8701", "http://127.8.9.1"]
)
def test_plain_http_is_spoken_on_loopback(url: str) -> None:
    assert customer.load(CUSTOMER | {"CUSTOMER_CHANNEL_URL": url}).channel_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://gate.example:8701", "http://10.0.0.7:8701", "http://0.0.0.0:8701", "http://localhost.example",
        "http://127.0.0.1.example", "http://[::]:8701", "http://2130706433", "http://LOCALHOST.",
    ],
)  # fmt: skip
def test_plain_http_is_not_spoken_beyond_loopback(url: str) -> None:
    with pytest.raises(settings.SettingsError, match="beyond loopback only https") as refused:
        customer.load(CUSTOMER | {"CUSTOMER_CHANNEL_URL": url})
    assert all(name in str(refused.value) for name in customer.TLS)


def test_https_takes_all_three_files() -> None:
    url = {"CUSTOMER_CHANNEL_URL": "https://gate.example:8701"}
    assert customer.tls_files(customer.load(CUSTOMER | url | CLIENT)) is not None
    with pytest.raises(settings.SettingsError, match="https takes"):
        customer.load(CUSTOMER | url)
    for name in CLIENT:
        fewer = {key: value for key, value in CLIENT.items() if key != name}
        with pytest.raises(settings.SettingsError, match=f"{name} missing"):
            customer.load(CUSTOMER | url | fewer)


def test_files_and_an_address_that_does_not_use_them_contradict_each_other() -> None:
    with pytest.raises(settings.SettingsError, match="says http"):
        customer.load(CUSTOMER | {"CUSTOMER_CHANNEL_URL": "http://127.0.0.1:8701"} | CLIENT)


@pytest.mark.parametrize(
    "url",
    [
        "gate.example", "ftp://gate.example", "https://", "https://user:secret@gate.example", "https://gate.example/x",
        "https://gate.example?x=1", "https://gate.example#x", "https://gate.example:99999", "https://gate.example:0",
        "https://[::1", "//gate.example",
    ],
)  # fmt: skip
def test_an_address_is_an_address_and_nothing_more(url: str) -> None:
    with pytest.raises(settings.SettingsError) as refused:
        customer.load(CUSTOMER | {"CUSTOMER_CHANNEL_URL": url} | CLIENT)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.1.2.3"])
def test_the_gate_listens_in_the_clear_on_loopback(host: str) -> None:
    assert execution.load(EXECUTION | {"EXECUTION_HOST": host}, process="serve").host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "gate.example"])
def test_the_gate_does_not_start_in_the_clear_anywhere_else(host: str) -> None:
    with pytest.raises(settings.SettingsError, match="only TLS") as refused:
        execution.load(EXECUTION | {"EXECUTION_HOST": host}, process="serve")
    assert all(name in str(refused.value) for name in execution.TLS)
    assert execution.load(EXECUTION | SERVER | {"EXECUTION_HOST": host}, process="serve").host == host
    assert execution.load(EXECUTION | {"EXECUTION_HOST": host}).host == host, "commands listen nowhere"


def test_files_are_files() -> None:
    found = execution.tls_files(execution.load(EXECUTION | SERVER, process="serve"))
    assert found == tls.Files(*[Path("/nowhere/file.pem")] * 3)
