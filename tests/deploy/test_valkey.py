"""Our supervisor of Valkey: a password for everybody, loopback only, and writes that survive a kill."""

import os
import pathlib
import time
from collections.abc import Iterator

import pytest
import redis
import redis.backoff
import redis.retry

from deploy.local import ports, processes, valkey
from tests import embedded

NEVER = redis.retry.Retry(redis.backoff.NoBackoff(), 0)


@pytest.fixture(scope="module")
def server(room: pathlib.Path) -> Iterator[valkey.Server]:
    made = valkey.Server(room / "cache", embedded.free_ports(1)[0], "s3cret")
    made.start()
    yield made
    made.stop()
    assert not made.running


def test_nobody_gets_in_without_the_password(server: valkey.Server) -> None:
    for password in (None, "wrong"):
        with (
            redis.Redis(port=server.port, password=password, retry=NEVER) as client,
            pytest.raises((redis.AuthenticationError, redis.ResponseError)),
        ):
            client.ping()
    with redis.Redis.from_url(server.url()) as client:
        assert client.ping()


def test_the_password_is_not_on_the_command_line(server: valkey.Server) -> None:
    assert server.process
    assert b"s3cret" not in pathlib.Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
    with pytest.raises(ValueError, match="letters and digits"):
        valkey.Server(server.directory, server.port, "two words\nport 1")


def test_it_listens_on_loopback_and_not_as_root(server: valkey.Server) -> None:
    assert server.process
    assert pathlib.Path(f"/proc/{server.process.pid}").stat().st_uid != 0
    with redis.Redis.from_url(server.url()) as client:
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
        assert client.config_get("save") == {"save": ""}


def test_what_was_written_survives_a_kill(server: valkey.Server) -> None:
    with redis.Redis.from_url(server.url()) as client:
        client.set("kept", "42")
        time.sleep(0.05)  # appended at the end of the loop, flushed every second; a killed process loses nothing
    server.kill()
    assert server.pid_file.exists()
    server.start()
    with redis.Redis.from_url(server.url()) as client:
        assert client.get("kept") == b"42"


def test_a_leftover_is_stopped_and_a_strangers_pid_is_not(server: valkey.Server) -> None:
    leftover = server.process
    server.start()
    assert leftover
    assert leftover.wait(5) == 0
    server.stop()
    server.pid_file.write_text(f"{os.getpid()}\n")
    server.start()
    assert ports.holder(server.port).startswith(f"process {server.process.pid if server.process else 0} ")


def test_a_taken_port_is_no_success(server: valkey.Server, room: pathlib.Path) -> None:
    other = valkey.Server(room / "other", server.port, "different")
    with pytest.raises(processes.LaunchError, match="Address already in use"):
        other.start()
