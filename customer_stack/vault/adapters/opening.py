"""The vault of a process, from its settings: which provider, which columns of the database, which ledger."""

from pathlib import Path

import sqlalchemy as sa

from boundary.kernel import clock, ids, primitives
from boundary.kernel.runtime import key_files
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import schema, settings
from customer_stack.vault import model, ports, service
from customer_stack.vault.adapters import files, ledger, transit

WRAPPED_INDEX = "index.wrapped"


def columns(metadata: sa.MetaData) -> model.Columns:
    """What the tables declare as sealed and blind."""
    cared_for = [(each, each.handling.vaulted) for each in schema.described(metadata)]
    return model.Columns(
        sealed=tuple(
            model.SealedColumn(each.table, each.column, vaulted.subject, vaulted.field)
            for each, vaulted in cared_for
            if vaulted is not None and vaulted.field is not None
        ),
        blind=tuple(
            model.BlindColumn(each.table, each.column, vaulted.subject)
            for each, vaulted in cared_for
            if vaulted is not None and vaulted.field is None
        ),
    )


async def vault(config: settings.Settings, metadata: sa.MetaData, random: ids.Ids, time: clock.Clock) -> service.Vault:
    """Refused with one line unless every key is there and as it should be. Who gets it closes it."""
    held = provider(config)
    try:
        index_key = await _index_key(_directory(config), held)
    except BaseException:
        await held.close()
        raise
    return service.Vault(held, index_key, random, time, columns=columns(metadata))


def provider(config: settings.Settings) -> ports.KeyProvider:
    """The key service if one is named, else the key files."""
    if config.vault_kms_url is None:
        return files.Files(files.key_encryption_keys(_directory(config)))
    if config.vault_kms_key is None or config.vault_kms_token_file is None:
        raise kernel_settings.SettingsError(
            "CUSTOMER_VAULT_KMS_URL needs CUSTOMER_VAULT_KMS_KEY and CUSTOMER_VAULT_KMS_TOKEN_FILE"
        )
    return transit.Transit(config.vault_kms_url, config.vault_kms_key, config.vault_kms_token_file)


def erasure_ledger(config: settings.Settings, time: clock.Clock) -> ledger.LedgerFile:
    if config.erasure_ledger is None:
        raise kernel_settings.SettingsError("CUSTOMER_ERASURE_LEDGER is missing")
    return ledger_file(config, config.erasure_ledger, time)


def ledger_file(config: settings.Settings, path: Path, time: clock.Clock) -> ledger.LedgerFile:
    """A ledger file by path, trusted by the audit log's published keys."""
    try:
        keys = [bytes.fromhex(text) for text in config.audit_public_keys]
    except ValueError:
        keys = []
    if len(keys) != len(config.audit_public_keys) or not all(map(primitives.is_ed25519_public, keys)):
        raise kernel_settings.SettingsError("CUSTOMER_AUDIT_PUBLIC_KEYS has an unusable value")
    seed = key_files.read(config.audit_key_file) if config.audit_key_file else None
    if seed is None and not keys:
        raise kernel_settings.SettingsError("the erasure ledger is checked by CUSTOMER_AUDIT_PUBLIC_KEYS: name them")
    return ledger.LedgerFile(path, time, seed=seed, public_keys=keys)


def _directory(config: settings.Settings) -> Path:
    if config.vault_keys is None:
        raise kernel_settings.SettingsError("CUSTOMER_VAULT_KEYS is missing")
    return config.vault_keys


async def _index_key(directory: Path, held: ports.KeyProvider) -> bytes:
    """Beside a key service it may stand wrapped by that, as one line of text."""
    wrapped = directory / WRAPPED_INDEX
    if not wrapped.exists():
        return files.index_key(directory)
    [key] = await held.unwrap([model.Wrapped(0, wrapped.read_bytes().strip())])
    if len(key) != primitives.DIGEST_SIZE:
        raise kernel_settings.SettingsError(f"{wrapped}: holds no index key of this key service")
    return key
