"""Everything that an execution-stack process is told from outside, under the prefix `EXECUTION_`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from boundary.kernel.runtime import settings, tls

PREFIX = "EXECUTION_"
FOREIGN = ("CUSTOMER_",)
TLS = ("EXECUTION_TLS_CERTIFICATE", "EXECUTION_TLS_KEY", "EXECUTION_TLS_CLIENT_CAS")
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Optional here means that some process runs without it; each command names what it needs."""

    database_url: settings.Secret
    redis_url: settings.Secret | None = None
    host: str = "127.0.0.1"
    port: Port = 8701
    operations_port: Port = 8704
    channel_keys: Path | None = None
    audit_key_file: Path | None = None
    documents: Path | None = None
    custody_keystore: Path | None = None
    custody_passphrase: settings.Secret | None = None
    venue_url: str | None = None
    venue_keys: Path | None = None
    catalogue_key_file: Path | None = None
    evidence: Path | None = None
    evidence_key_file: Path | None = None
    audit_public_keys: tuple[str, ...] = ()
    pool_size: Annotated[int, msgspec.Meta(ge=1, le=100)] = 8
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_client_cas: Path | None = None
    drain_seconds: Annotated[int, msgspec.Meta(ge=0, le=300)] = 0


NEEDS: Mapping[str, tuple[str, ...]] = {
    "serve": ("channel_keys",),
    "worker": ("redis_url", "audit_key_file"),
}


def load(environment: Mapping[str, str], *, process: str = "") -> Settings:
    """The settings of one process, refused whole if anything is missing, unknown or of the other stack."""
    config = settings.load(Settings, PREFIX, environment, foreign=FOREIGN, needs=NEEDS.get(process, ()))
    files = tls_files(config)
    _together(config.venue_url, config.venue_keys, "EXECUTION_VENUE_URL", "EXECUTION_VENUE_KEYS")
    _together(config.evidence, config.evidence_key_file, "EXECUTION_EVIDENCE", "EXECUTION_EVIDENCE_KEY_FILE")
    if process == "serve":
        tls.check_listener(config.host, secured=files is not None, names=TLS)
    return config


def _together(one: object, other: object, first: str, second: str) -> None:
    """Two settings of which neither is of any use alone."""
    if (one is None) is not (other is None):
        raise settings.SettingsError(f"{first} and {second} are set together, or neither is")


def tls_files(config: Settings) -> tls.Files | None:
    """What the gate's port is secured with; none on loopback."""
    return tls.files(TLS, config.tls_certificate, config.tls_key, config.tls_client_cas)
