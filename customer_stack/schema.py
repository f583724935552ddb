"""What every `tables.py` of this stack builds with: one metadata, PostgreSQL's own types, and what each column is for.

Every column of the customer database has a category, a purpose and a retention, or a test fails. A table says it once,
below its declaration:

    schema.describe(
        ACCOUNT,
        schema.technical("the account and its state"),              # every column that is not named
        id=schema.handling(Category.PSEUDONYM, Purpose.SERVICE, Retention.ACCOUNT),
        email=schema.sealed("email", subject="id", category=Category.CONTACT, purpose=Purpose.SERVICE),
        email_index=schema.blind(subject="id", category=Category.CONTACT, purpose=Purpose.SECURITY),
    )

`technical` means that the column says nothing about a person by itself; what does is named.
"""

import enum
from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from boundary.kernel.runtime import columns

METADATA = sa.MetaData()
KERNEL = columns.PLAIN
SEALED = postgresql.BYTEA()
"""The type of a column that holds a sealed value."""
BLIND = postgresql.BYTEA()
"""The type of a column that holds a blind index: 32 bytes."""

_HANDLING = "handling"


class Category(enum.StrEnum):
    """What kind of thing a column says about a person."""

    TECHNICAL = "technical"
    """Nothing: numbers, times and states of the machinery, facts of instruments."""
    PSEUDONYM = "pseudonym"
    """An opaque number that stands for a person, or what only together with one says something."""
    IDENTITY = "identity"
    """Who somebody is: name, birth, nationality, documents."""
    CONTACT = "contact"
    """How somebody is reached: e-mail, phone, address."""
    CREDENTIAL = "credential"
    """What proves that somebody is who they say: hashes of passwords and tokens, secrets of second factors."""
    DEVICE = "device"
    """Where and with what somebody came: network address, browser, place."""
    FINANCIAL = "financial"
    """What somebody owns, owes, pays and trades."""
    PREFERENCE = "preference"
    """What somebody chose: language, notices, consents."""
    COMMUNICATION = "communication"
    """What was said to somebody or by them."""
    COMPLIANCE = "compliance"
    """What duties of law made us find out or decide about somebody."""
    BUSINESS = "business"
    """Facts about a company, its owners included as far as they stand there."""
    KEY = "key"
    """A wrapped key. Without its key-encryption key it says nothing."""


class Purpose(enum.StrEnum):
    """Why we hold it."""

    OPERATION = "running the platform"
    SERVICE = "the contract with the person"
    SECURITY = "keeping accounts safe"
    LAW = "a duty of law"
    EVIDENCE = "proof of what happened"
    CONSENT = "the person's consent"


class Retention(enum.StrEnum):
    """How long we hold it."""

    TRANSIENT = "until it is done, days at most"
    ACCOUNT = "as long as the account"
    LAW = "as long as the law says after the account is closed"
    CONSENT = "until consent is withdrawn"
    BACKUPS = "as long as a backup may be old, 35 days"
    ALWAYS = "for good"
    ERASED = "until the subject is erased"


class Vaulted(NamedTuple):
    """How the vault answers for a column: `field` is what its sealed values are bound to, and none for a blind index."""

    subject: str
    field: str | None


class Handling(NamedTuple):
    """What a column holds, why, how long, and in the vault's care or not."""

    category: Category
    purpose: Purpose
    retention: Retention
    vaulted: Vaulted | None = None


class Described(NamedTuple):
    """A column of this database with what was said of it."""

    table: str
    column: str
    handling: Handling


def handling(category: Category, purpose: Purpose, retention: Retention) -> Handling:
    """A column that stands in the clear."""
    return Handling(category, purpose, retention)


def technical(purpose: Purpose = Purpose.OPERATION, retention: Retention = Retention.ALWAYS) -> Handling:
    """A column that says nothing about a person."""
    return Handling(Category.TECHNICAL, purpose, retention)


def sealed(
    field: str,
    *,
    subject: str,
    category: Category,
    purpose: Purpose,
    retention: Retention = Retention.ERASED,
) -> Handling:
    """A column of sealed values. `field` is what they were sealed as; `subject` is the column of the same row that says
    whose they are. A worker re-encrypts the column when keys are rotated, so it may read and update it.
    """
    return Handling(category, purpose, retention, Vaulted(subject, field))


def blind(*, subject: str, category: Category, purpose: Purpose, retention: Retention = Retention.ERASED) -> Handling:
    """A column of blind indexes. It is overwritten with chance when its subject is erased."""
    return Handling(category, purpose, retention, Vaulted(subject, None))


def describe(table: sa.Table, default: Handling, /, **named: Handling) -> None:
    """Say what each column of a table is; a name that is no column of it is an error of the program."""
    unknown = named.keys() - set(table.c.keys())
    if unknown:
        raise LookupError(f"{table.name} has no column {sorted(unknown)}")
    for column in table.c:
        said = named.get(column.name, default)
        if said.vaulted is not None and said.vaulted.subject not in table.c:
            raise LookupError(f"{table.name}.{column.name}: the table has no column {said.vaulted.subject}")
        column.info[_HANDLING] = said


def described(metadata: sa.MetaData) -> Iterator[Described]:
    """Every column of which something was said, by table and place; Alembic's own table among them."""
    yield Described("alembic_version", "version_num", technical())
    for name in sorted(metadata.tables):
        table = metadata.tables[name]
        for column in table.c:
            if _HANDLING in column.info:
                yield Described(table.name, column.name, column.info[_HANDLING])


def rows(metadata: sa.MetaData) -> Iterator[tuple[str, str, str, str, str, str]]:
    """The same as a page for readers: table, columns that are handled alike, category, purpose, retention, form."""
    alike: dict[tuple[str, Handling], list[str]] = {}
    for each in described(metadata):
        alike.setdefault((each.table, each.handling), []).append(each.column)
    for (table, said), names in alike.items():
        columns_ = ", ".join(f"`{name}`" for name in names)
        yield f"`{table}`", columns_, said.category.value, said.purpose.value, said.retention.value, _form(said)


def _form(said: Handling) -> str:
    if said.vaulted is None:
        return "clear"
    return "blind index" if said.vaulted.field is None else f"sealed as `{said.vaulted.field}`"
