"""Which revision the code expects, read from the migration files, and which one a database has.

A process whose code is older or newer than its database refuses to start: half-understood tables lose money.
"""

import re
from pathlib import Path

from boundary.kernel.runtime import settings, transaction

_REVISION = re.compile(r'^revision: str = "([0-9]{4})"$', re.MULTILINE)


def expected(versions: Path) -> str:
    """The newest revision among the files, which are numbered and form one line."""
    revisions: list[str] = sorted(
        _REVISION.findall("\n".join(file.read_text("utf-8") for file in versions.glob("[0-9]*.py")))
    )
    if not revisions:
        raise settings.SettingsError(f"{versions}: holds no migration")
    return revisions[-1]


async def check(db: transaction.Database, *, roles: frozenset[str], versions: Path, command: str) -> None:
    """Refuse to run as the wrong role, or on a schema that is not the code's. A stranger could not even read the version."""
    role = await db.read("schema.role", lambda tx: tx.value("SELECT current_user::text"))
    if role not in roles:
        raise settings.SettingsError(f"connected as the database role {role}; this needs {' or '.join(sorted(roles))}")
    found = await db.read("schema.version", _found)
    wanted = expected(versions)
    if found is None:
        raise settings.SettingsError(f"the database has no schema yet; run: {command}")
    if found != wanted:
        age = "older" if found < wanted else "newer"
        remedy = f"run: {command}" if found < wanted else "install the newer release"
        raise settings.SettingsError(f"the database schema ({found}) is {age} than this code ({wanted}); {remedy}")


async def _found(tx: transaction.Tx) -> str | None:
    if not await tx.value("SELECT to_regclass('public.alembic_version') IS NOT NULL"):
        return None
    readable = await tx.value("SELECT has_table_privilege('public.alembic_version', 'SELECT')")
    return await tx.value("SELECT version_num FROM public.alembic_version") if readable else None
