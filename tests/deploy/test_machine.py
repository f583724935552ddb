"""Ports, programs and places: what is looked for on the machine, and what is said when it is not as needed."""

import os
import pathlib
import shutil
import socket
import stat

import pytest

from deploy.local import binaries, doctor, places, ports, processes, supervisor, valkey


@pytest.fixture
def data(room: pathlib.Path, request: pytest.FixtureRequest) -> pathlib.Path:
    """A data directory to be, where the servers' user can reach it."""
    return room / str(request.node.name)


def test_every_port_has_an_offset_of_its_own() -> None:
    assert {port.name: int(port) for port in ports.Port} == {
        "CUSTOMER_API": 0,
        "EXECUTION_API": 1,
        "CUSTOMER_API_OPERATIONS": 2,
        "CUSTOMER_WORKER_OPERATIONS": 3,
        "EXECUTION_API_OPERATIONS": 4,
        "EXECUTION_WORKER_OPERATIONS": 5,
        "RATES_PROVIDER": 6,
        "CENTRAL_BANK": 7,
        "BANK": 8,
        "PAYMENT_PROVIDER": 9,
        "CUSTOMER_POSTGRES": 10,
        "EXECUTION_POSTGRES": 11,
        "CUSTOMER_VALKEY": 12,
        "EXECUTION_VALKEY": 13,
        "EXECUTION_ENGINE_OPERATIONS": 14,
        "EXCHANGE": 15,
        "MALWARE_SCANNER": 16,
    }


@pytest.mark.parametrize("base", [0, 1023, 65_520, 70_000, -1])
def test_a_base_that_leaves_no_room_is_refused(base: int) -> None:
    with pytest.raises(processes.LaunchError, match=f"between 1024 and {65_535 - max(ports.Port)}"):
        ports.check_base(base)


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_listener_is_seen_and_named(address: str) -> None:
    with socket.create_server((address, 0)) as listener:
        port = listener.getsockname()[1]
        assert ports.taken(port)
        assert ports.holder(port).startswith(f"process {os.getpid()} (")
    assert not ports.taken(port)


def test_a_program_that_its_user_cannot_reach_is_run_from_a_copy(
    room: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(room))
    original = binaries.postgres()
    closed = room / "closed"
    for part in original.parts:
        shutil.copytree(original.root / part, closed / part, symlinks=True)
    program = binaries.Program(closed, original.executable, original.parts)
    closed.chmod(0o700)
    nobody = processes.Account(65534, 65534)
    copied = binaries.usable_by(nobody, program)
    assert closed not in copied.parents
    assert binaries.reachable(copied, nobody)
    assert binaries.reachable(copied.with_name("initdb"), nobody)
    assert (copied.parents[3] / original.parts[1]).is_dir()  # the libraries it is linked to stand where it looks
    assert binaries.usable_by(nobody, program) == copied
    assert binaries.usable_by(None, program) == program.path
    copied.parents[3].chmod(0o777)
    with pytest.raises(processes.LaunchError, match="was not made by this user"):
        binaries.usable_by(nobody, program)


def test_a_program_of_the_machine_is_never_copied(room: pathlib.Path) -> None:
    closed = room / "machine"
    closed.mkdir(mode=0o700)
    (closed / "postgres").write_text("")
    with pytest.raises(processes.LaunchError, match="cannot be run by the user nobody"):
        binaries.usable_by(processes.Account(65534, 65534), binaries.Program(closed, "postgres"))


def test_a_secret_is_never_readable_by_others(tmp_path: pathlib.Path) -> None:
    mask = os.umask(0)
    try:
        places.write_secret(tmp_path / "secrets" / "key", "x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "secrets" / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["key"]


def test_only_one_up_holds_a_place(data: pathlib.Path) -> None:
    place = places.Place(data)
    assert not place.is_locked()
    with place.occupied():
        assert place.is_locked()
        with pytest.raises(processes.LaunchError, match="is starting or stopping"), place.occupied():
            pass
        place.announce(places.Running(1234, 8700, "LK"))
        with pytest.raises(processes.LaunchError, match="runs already: process 1234"), place.occupied():
            pass
        assert place.running() == places.Running(1234, 8700, "LK")
    assert place.running() is None


def test_a_place_of_another_user_is_refused(data: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = places.Place(data)
    with place.occupied():
        pass
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    with pytest.raises(processes.LaunchError, match="be that user"), place.occupied():
        pass


def test_doctor_has_a_fix_for_each_problem(data: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BIN", str(data))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base = listener.getsockname()[1]
        found = {finding.name: finding for finding in doctor.examine(places.Place(data), base)}
    assert "PG_BIN does not hold postgres" in found["PostgreSQL"].fix
    assert f"port {base} (customer API) is taken" in found["ports"].fix
    assert not found["Valkey"].fix
    assert not found["C library"].fix


def test_doctor_sees_keys_that_others_can_read(data: pathlib.Path) -> None:
    place = places.Place(data)
    with place.occupied():
        place.furnish({"customer": ("customer_api",), "execution": ("execution_gate",)})
    place.secret("customer", "audit.key").chmod(0o644)
    found = {finding.name: finding for finding in doctor.examine(place, 1024)}
    assert found["keys"].seen == "1 open to others"
    assert found["keys"].problem


def test_what_keeps_dying_is_started_later_each_time() -> None:
    watched = supervisor.Watched(valkey.Server(pathlib.Path("nowhere"), 1, "x"), born=0.0)
    pauses = []
    for now in (1000.0, *(1000.0 + seconds for seconds in range(1, 8)), 5000.0):
        watched.mourn(now)
        pauses.append(watched.pause)
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 0.5]
