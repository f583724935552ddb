"""What the execution stack says of its own database, put together from its tables, plan and migration files."""

import hashlib
import re

from sqlalchemy.dialects import postgresql

from boundary.privacy import catalogue_rules
from execution_stack import database, schema, tables
from tests import embedded

SYSTEM_DATABASES = ("postgres", "template0", "template1")
_REVISION = re.compile(r'^revision: str = "([0-9]{4})"$', re.MULTILINE)


def source(*databases: str, superusers: tuple[str, ...] = (embedded.SUPERUSER,)) -> catalogue_rules.Source:
    plan = database.PLAN
    columns = {
        (str(table.name), str(column.name)): column.type
        for table in tables.METADATA.tables.values()
        for column in table.columns
    }
    return catalogue_rules.Source(
        databases=(*SYSTEM_DATABASES, *databases),
        owner=plan.owner,
        migrator=plan.migrator,
        processes=plan.roles,
        superusers=superusers,
        enums={str(each.name): tuple(each.enums) for each in columns.values() if isinstance(each, postgresql.ENUM)},
        code_columns=tuple(place for place, each in columns.items() if each is schema.CODE),
        revisions=tuple(_REVISION.findall("".join(file.read_text("utf-8") for file in plan.versions.glob("*.py")))),
        wall=hashlib.sha256(database.WALL.split("$wall$")[1].encode()).hexdigest(),
        applications=("execution-stack",),
    )
