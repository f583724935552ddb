"""How the customer database is made and who may connect to it as what."""

from pathlib import Path

from boundary.kernel.runtime import migrating, schema_version, transaction
from customer_stack import settings

_ROOT = Path(__file__).resolve().parent.parent

PLAN = migrating.Plan(
    database="customer",
    owner="customer_owner",
    migrator="customer_migrator",
    roles=("customer_api", "customer_worker", "customer_operator", "customer_auditor"),
    versions=_ROOT / "migrations_customer" / "versions",
    grants=_ROOT / "deploy" / "grants" / "customer",
    superuser_ddl=(),
)
READERS = frozenset({"customer_operator", "customer_auditor"})


async def connect(config: settings.Settings, roles: frozenset[str]) -> transaction.Database:
    """The pool, once the role and the schema are known to be right."""
    db = await transaction.connect(config.database_url.reveal(), application="customer-stack", size=config.pool_size)
    try:
        await schema_version.check(db, roles=roles, versions=PLAN.versions, command="customer-stack migrate")
    except BaseException:
        await db.close()
        raise
    return db
