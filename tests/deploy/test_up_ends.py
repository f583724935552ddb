"""How `up` begins and ends: cleanly, by force, over old data, and not at all where something is in its way."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest

from deploy.local import page, places, processes, stacks, supervisor, valkey
from deploy.local.ports import Port
from tests.deploy.conftest import Launcher, Up

ONE_LINE = 1
UNUSABLE = 2


def test_a_stopped_platform_starts_again_over_its_data(settled: Launcher) -> None:
    first = settled.up()
    channel, catalogue = (
        places.Place(settled.data).channel,
        settled.data / "servers/customer-postgres/data/PG_VERSION",
    )
    made = catalogue.stat().st_ino
    assert first.end(signal.SIGINT) == 0
    assert not settled.everything()
    for name in ("customer-API", "customer-worker", "execution-API", "execution-engine", "execution-worker"):
        assert "ended" in (settled.data / "logs" / f"{name.lower()}.log").read_text()
    assert "database system is shut down" in (settled.data / "logs/execution-postgres.log").read_text()

    started = time.monotonic()
    second = settled.up()
    assert time.monotonic() - started < 8
    assert places.Place(settled.data).channel == channel
    assert catalogue.stat().st_ino == made
    stopped = settled.run("stop")
    assert (stopped.returncode, stopped.stdout) == (0, "stopped\n")
    assert second.finish() == 0
    assert not settled.everything()
    assert settled.run("stop").returncode == UNUSABLE


def test_a_killed_launcher_leaves_no_process_and_the_next_up_works(settled: Launcher) -> None:
    first = settled.up()
    assert len(settled.everything()) > len(stacks.SERVICES)
    first.end(signal.SIGKILL)
    second = settled.up("--exit-when-ready")
    assert second.finish() == 0
    settled.wait_until_nothing_runs()


def test_servers_that_outlived_everything_are_stopped_before_a_start(settled: Launcher) -> None:
    """As after a kill -9 of the whole group but them, when the kernel had no parent's death to tell them of."""
    settled.up("--exit-when-ready").finish()
    place = places.Place(settled.data)
    platform = Up(settled)
    platform.wait_for("Ready after")
    pids = [processes.first_number(place.servers / "customer-postgres/data/postmaster.pid")]
    pids.append(processes.first_number(place.servers / "execution-valkey/valkey.pid"))
    for pid in pids:
        assert pid
        os.kill(pid, signal.SIGSTOP)  # deaf to the death signal until it is woken
    platform.end(signal.SIGKILL)
    for pid in pids:
        assert pid
        os.kill(pid, signal.SIGCONT)
    again = settled.up("--exit-when-ready")
    assert again.finish() == 0
    settled.wait_until_nothing_runs()


def test_an_orphaned_application_is_stopped_and_a_shell_in_the_same_place_is_not(settled: Launcher) -> None:
    settled.up("--exit-when-ready").finish()
    deaf = [
        sys.executable,
        "-c",
        "import signal, time; signal.signal(15, lambda *_: exit()); print(1, flush=True); time.sleep(60)",
    ]
    with (
        subprocess.Popen([*deaf, "customer-stack"], cwd=settled.data, stdout=subprocess.PIPE) as orphan,
        subprocess.Popen(deaf, cwd=settled.data, stdout=subprocess.PIPE) as bystander,
    ):
        for each in (orphan, bystander):
            assert each.stdout is not None
            each.stdout.readline()
        assert settled.up("--exit-when-ready").finish() == 0
        assert orphan.poll() == 0
        assert bystander.poll() is None
        bystander.kill()


def test_a_start_that_is_interrupted_leaves_nothing(settled: Launcher) -> None:
    started = Up(settled)
    started.wait_for("Valkey")
    started.end(signal.SIGTERM)
    assert "stopped" in started.said[-1]
    settled.wait_until_nothing_runs()


def test_a_process_that_dies_at_birth_shows_its_last_words(settled: Launcher) -> None:
    broken = settled.room / "bin" / "broken-execution-serve"
    broken.touch()
    done = settled.run("up", "--port-base", str(settled.base))
    broken.unlink()
    assert done.returncode == UNUSABLE
    assert "execution API ended with 1" in done.stderr
    assert "broken on purpose" in done.stderr
    settled.wait_until_nothing_runs()


def test_fresh_starts_over(settled: Launcher) -> None:
    settled.up("--exit-when-ready").finish()
    place = places.Place(settled.data)
    channel, password = place.channel, place.password("customer", "superuser")
    settled.up("--fresh", "--exit-when-ready", "--jurisdiction", "LU").finish()
    assert place.channel != channel
    assert place.password("customer", "superuser") != password
    assert place.jurisdiction == "LU"
    assert '"LU"' in place.config.read_text()
    other = settled.run("up", "--port-base", str(settled.base), "--jurisdiction", "LK")
    assert other.returncode == UNUSABLE
    assert "was made for LU" in other.stderr


@pytest.mark.parametrize("arguments", [(), ("--fresh",)])
def test_a_directory_that_is_not_ours_is_left_alone(launcher: Launcher, arguments: tuple[str, ...]) -> None:
    launcher.data.mkdir()
    (launcher.data / "thesis.txt").write_text("years of work")
    done = launcher.run("up", "--port-base", str(launcher.base), *arguments)
    assert done.returncode == UNUSABLE
    assert done.stderr.count("\n") == ONE_LINE
    assert "not ours" in done.stderr
    assert [path.name for path in launcher.data.iterdir()] == ["thesis.txt"]


def test_a_taken_port_is_named_with_its_holder_and_a_way_out(settled: Launcher) -> None:
    with socket.create_server(("127.0.0.1", settled.base + Port.EXECUTION_POSTGRES)):
        done = settled.run("up", "--port-base", str(settled.base))
    assert done.returncode == UNUSABLE
    assert done.stderr.count("\n") == ONE_LINE
    assert f"port {settled.base + 11} (execution postgres) is taken by process {os.getpid()}" in done.stderr
    assert "--port-base" in done.stderr


@pytest.mark.parametrize(
    "arguments, env, words",
    [
        (("--port-base", "80"), {}, "between 1024"),
        ((), {"PG_BIN": "/nonexistent"}, "PG_BIN does not hold postgres"),
        ((), {"VALKEY_BIN": "/nonexistent"}, "VALKEY_BIN does not hold valkey-server"),
        (("--data", "/proc/nowhere"), {}, "name another directory with --data"),
    ],
)
def test_what_is_missing_is_one_clear_line(
    settled: Launcher, arguments: tuple[str, ...], env: dict[str, str], words: str
) -> None:
    done = settled.run("up", *arguments, env=env)
    assert done.returncode == UNUSABLE
    assert words in done.stderr
    assert done.stderr.count("\n") == ONE_LINE


def test_a_missing_stack_is_one_clear_line(launcher: Launcher) -> None:
    (launcher.room / "bin" / "customer-stack").unlink()
    assert "customer-stack is missing" in launcher.run("up").stderr


def test_a_full_disk_is_refused_before_anything_is_made(launcher: Launcher, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type(shutil.disk_usage("/"))(10 << 30, 10 << 30, 100 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(processes.LaunchError, match="less than 500 MB free"), places.Place(launcher.data).occupied():
        pass


def test_nothing_running_is_said_clearly(settled: Launcher) -> None:
    for command in (("in", "customer", "--", "true"), ("stop",)):
        done = settled.run(*command)
        assert done.returncode == UNUSABLE
        assert "does not run" in done.stderr
        assert done.stderr.count("\n") == ONE_LINE


def test_demo_starts_and_stops_a_platform_of_its_own(settled: Launcher) -> None:
    done = settled.run("demo", "--port-base", str(settled.base))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every process is ready" in done.stdout
    assert not settled.everything()


def test_a_demo_step_that_fails_is_in_the_exit_code(settled: Launcher) -> None:
    stack = settled.room / "bin" / "execution-stack"
    whole = stack.read_text()
    stack.write_text(whole.replace('["audit", "verify"]', '["audit", "never"]'))
    done = settled.run("demo", "--port-base", str(settled.base))
    stack.write_text(whole)
    assert done.returncode == UNUSABLE
    assert "execution-stack audit verify ended with 1" in done.stderr
    settled.wait_until_nothing_runs()


def test_under_a_closed_home_the_servers_live_where_their_user_can_reach_them(launcher: Launcher) -> None:
    """Whoever we are: root sends the servers elsewhere, anybody else keeps them at home."""
    launcher.room.chmod(0o700)
    place = places.Place(launcher.data)
    with place.occupied():
        servers = place.servers
        assert (servers.parent != place.root) == (os.geteuid() == 0)
        assert servers.stat().st_mode & 0o777 == 0o700
        cache = valkey.Server(servers / "cache", launcher.base, "secret")
        cache.start()
        cache.stop()
        (servers / "data").mkdir()
        place.empty()
        assert not (servers / "data").exists()
    other = places.Place(launcher.room / "other" / "data")
    with other.occupied():
        assert (other.servers != servers) or os.geteuid() != 0
    shutil.rmtree(other.servers)


def test_the_page_says_when_the_databases_are_elsewhere(launcher: Launcher, capsys: pytest.CaptureFixture[str]) -> None:
    launcher.room.chmod(0o700)
    place = places.Place(launcher.data)
    place.root.mkdir()
    supervisor.tell(place, launcher.base, page.Page(), 1.5)
    said = capsys.readouterr().out
    assert "Ready after 1.5 s" in said
    assert (f"databases: {place.servers}" in said) == (os.geteuid() == 0)
