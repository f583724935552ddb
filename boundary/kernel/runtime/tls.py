"""Mutual TLS between the stacks: 1.3 and nothing older, certificates from named authorities alone, on both sides.

It keeps strangers off the port and readers off the wire. Whose channel a frame belongs to is proven by the frame's own
keys: an authority whose certificates are accepted here speaks for no channel.

Files are looked at again when a connection is made, so a renewed certificate counts without a restart. What is then
unusable is told as an alarm, and what was in use stays.
"""

import ipaddress
import ssl
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from boundary.kernel.runtime import settings, telemetry

LOOK_SECONDS = 1.0
NOT_TAKEN = telemetry.Event("tls.not_taken", code=telemetry.Word)


class Files(NamedTuple):
    """Our certificate with its chain, its private key, and the authorities whose certificates we accept; all PEM."""

    certificate: Path
    key: Path
    authorities: Path


class Material:
    """The context of one side, as its files say now."""

    def __init__(self, files: Files, *, serves: bool, seconds: Callable[[], float] = time.monotonic) -> None:
        self._files = files
        self._serves = serves
        self._seconds = seconds
        self._looked_at = seconds()
        self._signature = _signature(files)
        self._current = _context(files, serves=serves)

    def current(self) -> ssl.SSLContext:
        now = self._seconds()
        if now - self._looked_at < LOOK_SECONDS:
            return self._current
        self._looked_at = now
        signature = _signature(self._files)
        if signature != self._signature:
            try:
                self._current = _context(self._files, serves=self._serves)
            except settings.SettingsError:
                telemetry.emit(NOT_TAKEN, "error", code=telemetry.Word("tls_files_bad"))
            else:
                self._signature = signature
        return self._current

    def served(self) -> ssl.SSLContext:
        """For a server that is given one context for good: each handshake goes on with the current one."""
        outer = _context(self._files, serves=True)

        def choose(connection: Any, _name: str | None, _context: ssl.SSLContext) -> None:
            connection.context = self.current()

        outer.sni_callback = choose
        return outer


def files(
    names: tuple[str, str, str], certificate: Path | None, key: Path | None, authorities: Path | None
) -> Files | None:
    """All three settings or none of them; `names` are what the settings are called."""
    given = dict(zip(names, (certificate, key, authorities), strict=True))
    missing = [name for name, path in given.items() if path is None]
    if len(missing) == len(given):
        return None
    if missing or certificate is None or key is None or authorities is None:
        raise settings.SettingsError(f"TLS takes all of its files: {', '.join(missing)} missing")
    return Files(certificate, key, authorities)


def is_loopback(host: str) -> bool:
    """Whether packets to this host stay on the machine. A name is not looked up: only `localhost` is known to."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_address(name: str, url: str, *, secured: bool, names: tuple[str, str, str]) -> None:
    """An address that frames may be sent to: TLS with our own files, or plain HTTP that stays on this machine."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    whole = parts.scheme in {"http", "https"} and host and port != 0
    if not whole or parts.query or parts.fragment or "@" in parts.netloc or parts.path.strip("/"):
        raise settings.SettingsError(f"{name} is an address like https://execution.example:8701 and nothing more")
    if parts.scheme == "http" and not is_loopback(str(host)):
        raise settings.SettingsError(f"{name}: beyond loopback only https is spoken; set {_list(names)} with it")
    if parts.scheme == "http" and secured:
        raise settings.SettingsError(f"{name}: {names[0]} is set, but the address says http")
    if parts.scheme == "https" and not secured:
        raise settings.SettingsError(f"{name}: https takes {_list(names)}")


def check_listener(host: str, *, secured: bool, names: tuple[str, str, str]) -> None:
    """Where frames may be listened for: with TLS anywhere, without it on loopback."""
    if not secured and not is_loopback(host):
        raise settings.SettingsError(f"beyond loopback the gate speaks only TLS: set {_list(names)}")


def _list(names: tuple[str, str, str]) -> str:
    return ", ".join(name for name in names if name)


def _context(found: Files, *, serves: bool) -> ssl.SSLContext:
    """Nothing of the system's own trust: only the authorities that are named."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if serves else ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = not serves
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    _refuse_open(found.key)
    loads: list[tuple[Path, Callable[[], None]]] = [
        (found.certificate, lambda: context.load_cert_chain(found.certificate, found.key, password=_no_password)),
        (found.authorities, lambda: context.load_verify_locations(found.authorities)),
    ]
    for path, load in loads:
        try:
            load()
        except (OSError, ValueError):  # ssl.SSLError is an OSError; its text may name what it read
            raise settings.SettingsError(f"{path}: no usable certificate and key in PEM") from None
    return context


def _no_password() -> str:
    """Asked for only if the key is encrypted: a process has nobody to ask."""
    raise ValueError("the key is encrypted")


def _refuse_open(key: Path) -> None:
    try:
        status = key.stat()
    except OSError:
        raise settings.SettingsError(f"{key}: not a readable file") from None
    if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077:
        raise settings.SettingsError(f"{key}: others may read this key; run: chmod 600 {key}")


def _signature(found: Files) -> object:
    try:
        return tuple((s.st_ino, s.st_size, s.st_mtime_ns) for s in (path.stat() for path in found))
    except OSError:
        return None
