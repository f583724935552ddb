"""Stands in for both stacks' commands: says what it was given, and is ready at once. Named like the stack it plays."""

import contextlib
import hashlib
import json
import os
import pathlib
import signal
import socket
import sys
import threading

STACK = pathlib.Path(sys.argv[0]).name.removesuffix("-stack")
PREFIX = f"{STACK.upper()}_"
MARKETS = "/api/v1/markets"
REF = "0d6f8a3e-51c2-4e7b-9a40-c1d2e3f40516"
CODE = "RATE-CUT.DEMO"
DOCUMENT = "# Rules\n"
LISTED = {
    "ref": REF,
    "tradable": True,
    "price_max": 99,
    "document": {"sha256": hashlib.sha256(DOCUMENT.encode()).hexdigest()},
}


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def answer(listener: socket.socket) -> None:
    """As much HTTP as a question about health takes."""
    bodies = {
        "/health/ready": {"status": "ready"},
        "/environment": dict(os.environ),
        "/config.json": {"brand": {"name": "Example"}},
        "/jurisdiction": {"code": "LK"},
        MARKETS + "/instruments": {"items": [LISTED], "next": None},
        MARKETS + f"/instruments/{REF}/document": DOCUMENT,
    }
    while True:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            path = connection.recv(4096).split()[1].decode()
            found = quotes() if path == MARKETS + "/quotes" else bodies.get(path)
            head = f"HTTP/1.1 {404 if found is None else 200} -\r\nConnection: close\r\n\r\n"
            connection.sendall(head.encode() + (found if isinstance(found, str) else json.dumps(found)).encode())


def quotes() -> dict[str, object]:
    """What the other stand-in was told, as if it had crossed."""
    told = pathlib.Path(os.environ[f"{PREFIX}CHANNEL_KEYS"]).parents[1] / "execution" / "price"
    ticks = int(told.read_text()) if told.exists() else None
    return {"stale": False, "items": [{"instrument": REF, "reference_ticks": ticks}], "next": None}


def listen(port: str) -> None:
    listener = socket.create_server(("127.0.0.1", int(port)))
    threading.Thread(target=answer, args=(listener,), daemon=True).start()


def run() -> None:
    """Until SIGTERM."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    listen(os.environ[f"{PREFIX}OPERATIONS_PORT"])
    if sys.argv[1] == "serve":
        listen(os.environ[f"{PREFIX}PORT"])
    say(f"started {sys.argv[1]}")
    signal.sigwait({signal.SIGTERM})
    say(f"ended {sys.argv[1]}")


match sys.argv[1:]:
    case ["serve" | "worker" | "engine"]:
        if pathlib.Path(sys.argv[0]).with_name(f"broken-{STACK}-{sys.argv[1]}").exists():
            sys.exit("broken on purpose")
        run()
    case ["config", "example", "--jurisdiction", code]:
        say(json.dumps({"jurisdiction": code}))
    case ["migrate", "--bootstrap-url", url, "--passwords", file]:
        roles = json.loads(pathlib.Path(file).read_text())
        say(f"{url} {len(roles)} roles")
    case ["channel", "open", channel, "--public-key", _]:
        say(channel)
    case ["channel", "status", "--json"]:
        key = next(pathlib.Path(os.environ[f"{PREFIX}CHANNEL_KEYS"]).glob("*.1.key"))
        say(json.dumps([{"channel": key.name.removesuffix(".1.key"), "answered_at": "12:00", "heard_at": "12:00"}]))
    case ["wallets", "keystore", file]:
        pathlib.Path(file).write_text("sealed")
        pathlib.Path(file).chmod(0o600)
    case ["instruments", "list"]:
        say(f"{REF}  {CODE}  omnibus  listed")
    case ["instruments", "price", _, ticks]:
        price = pathlib.Path(os.environ[f"{PREFIX}CHANNEL_KEYS"]).with_name("price")
        price.touch(0o600)
        price.write_text(ticks)
    case ["channel", "drill", *_]:
        say(json.dumps({"count": 500, "answered": 500, "accepted": 500, "refused": 0, "per_second": 1000}))
    case ["channel", "drill-wallet"]:
        say("0x" + "ab" * 20)
    case ["audit", "verify"]:
        say("0 entries, all good")
    case ["key", "public", file]:
        say("ab" * 32 if pathlib.Path(file).exists() else "")
    case ["environment"]:
        say(json.dumps(dict(os.environ)))
    case _:
        sys.exit(f"{STACK}-stack: no such command: {' '.join(sys.argv[1:])}")
