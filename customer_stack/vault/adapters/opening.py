"""The vault of a process, from its settings: which provider, and which columns of the database it answers for."""

import sqlalchemy as sa

from boundary.kernel import clock, ids
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import schema, settings
from customer_stack.vault import model, service
from customer_stack.vault.adapters import files


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


def vault(config: settings.Settings, metadata: sa.MetaData, random: ids.Ids, time: clock.Clock) -> service.Vault:
    """Refused with one line unless every key is there and as it should be."""
    if config.vault_keys is None:
        raise kernel_settings.SettingsError("CUSTOMER_VAULT_KEYS is missing")
    provider = files.Files(files.key_encryption_keys(config.vault_keys))
    return service.Vault(provider, files.index_key(config.vault_keys), random, time, columns=columns(metadata))
