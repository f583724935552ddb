"""Everything that a customer-stack process is told from outside, under the prefix `CUSTOMER_`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from uuid import UUID

import msgspec

from boundary.kernel.runtime import settings, tls

PREFIX = "CUSTOMER_"
FOREIGN = ("EXECUTION_",)
TLS = ("CUSTOMER_CHANNEL_CERTIFICATE", "CUSTOMER_CHANNEL_KEY", "CUSTOMER_CHANNEL_CA")
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Optional here means that some process runs without it; each command names what it needs."""

    database_url: settings.Secret
    redis_url: settings.Secret | None = None
    host: str = "127.0.0.1"
    port: Port = 8700
    operations_port: Port = 8702
    config_file: Path | None = None
    cors_allowed_origins: tuple[str, ...] = ()
    channel_id: UUID | None = None
    channel_url: str | None = None
    channel_keys: Path | None = None
    channel_public_keys: tuple[str, ...] = ()
    channel_ca: Path | None = None
    channel_certificate: Path | None = None
    channel_key: Path | None = None
    audit_key_file: Path | None = None
    audit_public_keys: tuple[str, ...] = ()
    vault_keys: Path | None = None
    vault_kms_url: str | None = None
    vault_kms_key: str | None = None
    vault_kms_token_file: Path | None = None
    erasure_ledger: Path | None = None
    reporter_file: Path | None = None
    token_keys: Path | None = None
    breached_passwords: Path | None = None
    trusted_proxies: tuple[str, ...] = ()
    terms_version: str = "1"
    privacy_version: str = "1"
    consents_version: str = "1"
    mail_url: settings.Secret | None = None
    mail_from: str | None = None
    sms_url: settings.Secret | None = None
    sms_from: str | None = None
    screening_lists: tuple[str, ...] = ("ofac", "un")
    screening_list_days_max: Annotated[int, msgspec.Meta(ge=1, le=365)] = 14
    screening_list_share_min: Annotated[int, msgspec.Meta(ge=1, le=100)] = 90
    screening_review_percent: Annotated[int, msgspec.Meta(ge=1, le=100)] = 70
    screening_strong_percent: Annotated[int, msgspec.Meta(ge=1, le=100)] = 95
    screening_verdict_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 365
    screening_office_days: Annotated[int, msgspec.Meta(ge=0, le=36500)] = 365
    kyc_provider_url: settings.Secret | None = None
    kyc_provider_levels: tuple[str, ...] = ()
    kyc_hook_secret: settings.Secret | None = None
    kyc_hook_secret_next: settings.Secret | None = None
    kyc_scanner_url: str | None = None
    kyc_register_url: settings.Secret | None = None
    records_key_file: Path | None = None
    safeguard_delay_hours: Annotated[int, msgspec.Meta(ge=24, le=720)] = 24
    fx_quote_key: Path | None = None
    fx_policy: Path | None = None
    fx_currencycloud_url: settings.Secret | None = None
    fx_openpayd_url: settings.Secret | None = None
    fx_cbsl_url: str | None = None
    fx_ecb_url: str | None = None
    fx_hedging: str | None = None
    payment_providers: Path | None = None
    pool_size: Annotated[int, msgspec.Meta(ge=1, le=100)] = 8
    test_mode: bool = False
    drain_seconds: Annotated[int, msgspec.Meta(ge=0, le=300)] = 0


NEEDS: Mapping[str, tuple[str, ...]] = {
    "serve": ("config_file", "token_keys", "vault_keys"),
    "worker": (
        "redis_url",
        "channel_id",
        "channel_url",
        "channel_keys",
        "audit_key_file",
        "config_file",
        "vault_keys",
        "erasure_ledger",
        "mail_url",
        "mail_from",
        "sms_url",
        "sms_from",
    ),
}


def load(environment: Mapping[str, str], *, process: str = "") -> Settings:
    """The settings of one process, refused whole if anything is missing, unknown or of the other stack."""
    named = dict(environment)
    if "CORS_ALLOWED_ORIGINS" in named:  # operators of this kind of product know it by this name
        named.setdefault("CUSTOMER_CORS_ALLOWED_ORIGINS", named["CORS_ALLOWED_ORIGINS"])
    config = settings.load(Settings, PREFIX, named, foreign=FOREIGN, needs=NEEDS.get(process, ()))
    files = tls_files(config)
    if config.channel_url is not None:
        tls.check_address("CUSTOMER_CHANNEL_URL", config.channel_url, secured=files is not None, names=TLS)
    return config


def tls_files(config: Settings) -> tls.Files | None:
    """What the channel is secured with; none on loopback."""
    return tls.files(TLS, config.channel_certificate, config.channel_key, config.channel_ca)
