"""Known violations, one line each, most with a name or a telephone number in them. No check imports this list."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from boundary.kernel.runtime import manifest as manifests

Manifest = manifests.Manifest


def _as_it_is(manifest: Manifest) -> Manifest:
    return manifest


class Plant(NamedTuple):
    """`check` must answer with `code`."""

    title: str
    check: str
    code: str
    sql: str = ""
    change: Callable[[Manifest], Manifest] = _as_it_is
    variables: tuple[str, ...] = ()
    log: str = ""
    rearm: bool = True
    """Whether the event trigger is armed again before anybody looks."""


_CHANNEL = "'0b5c3f0e-9a4d-4c1b-8f2e-6d7a1e2b3c4d'"
_ISSUED = "'7e9d2c41-53b8-4f6a-9c0d-e1f2a3b4c5d6'"
_STRANGER = "'c3d9a1f7-2b6e-4d58-a7c4-9e0f1b2d3c5a'"
_LISTED = "'5a1e8d3c-7f29-4b64-b8e1-2c9d0f3a6b7e'"
_DOCUMENT = "'\\x9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'"

SEED = f"""
INSERT INTO channel (id) VALUES ({_CHANNEL});
INSERT INTO participant (ref, channel) VALUES ({_ISSUED}, {_CHANNEL});
INSERT INTO instrument (ref, code, route, product, tick_size, lot_size, price_max, cap_lots, opens_at, closes_at, document)
  VALUES ({_LISTED}, 'KXCPI-27DEC', 'omnibus', 'event_contract', 10000, 1000000, 99, 100, now(), now() + '1 day', {_DOCUMENT});
"""  # noqa: S608 -- constants of this page
"""An ordinary channel, participant and instrument, so that a plant stands among what belongs there."""


def _ref(value: str) -> str:
    """A participant under a reference of somebody's choice; the superuser takes the domain's check away first."""
    return f"INSERT INTO participant (ref, channel) VALUES ('{value}', {_CHANNEL})"  # noqa: S608 -- a constant


def _document(value: str) -> str:
    return f"UPDATE instrument SET document = {value}"  # noqa: S608 -- a constant


def _intent(**other: str) -> str:
    given = {
        "channel": _CHANNEL, "epoch": "1", "sequence": "1", "position": "0", "participant": _ISSUED,
        "instrument": _LISTED, "side": "'buy'", "kind": "'limit'", "time_in_force": "'day'", "limit_ticks": "1",
        "lots": "1", "cost_cap": "1", "expires_at": "0", **other,
    }  # fmt: skip
    return f"INSERT INTO intent ({', '.join(given)}) VALUES ({', '.join(given.values())})"  # noqa: S608 -- constants


def _sent(previous: str, core: str = "sha256('core')", body: str = "'\\x91'") -> str:
    return (
        f"INSERT INTO channel_outbound (channel, due, head) VALUES ({_CHANNEL}, 2, {core});"  # noqa: S608 -- constants
        f"INSERT INTO channel_sent (channel, epoch, sequence, count, messages, previous, core, body)"
        f" VALUES ({_CHANNEL}, 1, 1, 1, 1, {previous}, {core}, {body})"
    )


_ZEROS = "decode(repeat('00', 32), 'hex')"


def _with(**other: object) -> Callable[[Manifest], Manifest]:
    return lambda manifest: msgspec.structs.replace(manifest, **other)


def _loaded(module: str) -> Callable[[Manifest], Manifest]:
    return lambda manifest: msgspec.structs.replace(manifest, modules=(*manifest.modules, module))


def _both(manifest: Manifest) -> Manifest:
    other = "customer_stack.identity" if manifest.stack == "execution" else "execution_stack.venues"
    return _loaded(other)(manifest)


def _foreign_setting(manifest: Manifest) -> Manifest:
    other = "CUSTOMER_DATABASE_URL" if manifest.stack == "execution" else "EXECUTION_DATABASE_URL"
    return msgspec.structs.replace(manifest, settings=(*manifest.settings, other))


def _open_event(manifest: Manifest) -> Manifest:
    return msgspec.structs.replace(manifest, events={**manifest.events, "note": {"text": "free text"}})


def _open_record(manifest: Manifest) -> Manifest:
    note = manifests.RecordShape("audit", "note.v1", (manifests.Field("text", "text"),))
    return msgspec.structs.replace(manifest, records=(*manifest.records, note))


CATALOGUE = (
    Plant("a text column", "P01", "column-type", "ALTER TABLE channel ADD nimal_perera text"),
    Plant("a json column", "P01", "column-type", "ALTER TABLE channel ADD extra jsonb"),
    Plant("a bytea column", "P01", "column-type", "ALTER TABLE channel ADD photo bytea"),
    Plant("a bare number", "P01", "column-type", "ALTER TABLE channel ADD phone bigint"),
    Plant("a table of names", "P01", "column-type", "CREATE TABLE people (name text)"),
    Plant("a view over a cast", "P01", "column-type", "CREATE VIEW people AS SELECT payload::text AS name FROM outbox"),
    Plant("an index on text", "P01", "column-type", "CREATE INDEX nimal ON channel ((id::text))"),
    Plant("a composite type", "P01", "type-kind", "CREATE TYPE person AS (name text)"),
    Plant("a new domain", "P01", "domain-open", "CREATE DOMAIN nimal_perera AS text"),
    Plant("a domain without its check", "P01", "domain-open", "ALTER DOMAIN hash32 DROP CONSTRAINT hash32_closed"),
    Plant("records in another column", "P01", "coded-column", "ALTER TABLE channel ADD note coded"),
    Plant("a symbol in another column", "P01", "code-column", "ALTER TABLE channel ADD nimal code"),
    Plant("a label that is a name", "P01", "enum-labels", "ALTER TYPE job_state ADD VALUE 'nimal_perera'"),
    Plant("a schema", "P01", "schema", "CREATE SCHEMA nimal_perera"),
)
SIDE_DOORS = (
    Plant("a comment", "P02", "comment", "COMMENT ON TABLE channel IS 'NIMAL PERERA'"),
    Plant("a comment on a role", "P02", "comment", "COMMENT ON ROLE execution_gate IS 'NIMAL PERERA'"),
    Plant("a large object", "P02", "large-object", "SELECT lo_from_bytea(0, 'NIMAL PERERA')"),
    Plant(
        "a function with a name in it",
        "P02",
        "object-unexpected",
        "CREATE FUNCTION who() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'NIMAL PERERA'; END $$",
    ),
    Plant("a default", "P02", "object-changed", "ALTER TABLE job ALTER key SET DEFAULT sha256('NIMAL PERERA')"),
    Plant("a table named after a person", "P02", "object-unexpected", "CREATE TABLE nimal_perera (id ref)"),
    Plant("a column named after a person", "P02", "object-unexpected", "ALTER TABLE channel ADD nimal_perera counter"),
    Plant("a renamed column", "P02", "object-missing", "ALTER TABLE channel RENAME heard_at TO nimal_perera"),
    Plant("a trigger that is gone", "P02", "object-missing", "DROP TRIGGER append_only ON audit_head"),
    Plant("a grant too many", "P02", "object-changed", "GRANT UPDATE ON audit_entry TO execution_gate"),
    Plant("a sequence that starts at one", "P02", "sequence-value", "ALTER SEQUENCE outbox_id START 94771234567"),
    Plant("a revision that is a name", "P02", "revision", "UPDATE alembic_version SET version_num = 'NIMAL PERERA'"),
    Plant("an extension", "P02", "extension", "CREATE EXTENSION citext"),
    Plant("a publication", "P02", "object-kind", "CREATE PUBLICATION nimal_perera"),
    Plant("a role named after a person", "P02", "role", "CREATE ROLE nimal_perera"),
    Plant("a role that may do anything", "P02", "role", "ALTER ROLE execution_gate SUPERUSER"),
    Plant("a setting of a role", "P02", "setting", "ALTER ROLE execution_gate SET application_name = 'NIMAL PERERA'"),
    Plant("a role in the owner's place", "P02", "membership", "GRANT execution_owner TO execution_gate"),
    Plant("a session named after a person", "P02", "session-name", "SET LOCAL application_name = 'NIMAL PERERA'"),
)
WALL = (
    Plant("the wall disabled", "P03", "wall", "SELECT 1", rearm=False),
    Plant("the wall gone", "P03", "wall", "DROP EVENT TRIGGER wall", rearm=False),
    Plant("a process that makes tables", "P03", "privilege", "GRANT CREATE ON SCHEMA public TO execution_gate"),
    Plant("a process that rewrites the log", "P03", "privilege", "GRANT DELETE ON audit_entry TO execution_worker"),
    Plant(
        "a process that changes what was sent",
        "P03",
        "privilege",
        "GRANT UPDATE (count) ON channel_sent TO execution_gate",
    ),
    Plant("cores that may go before their time", "P03", "privilege", "ALTER TABLE channel_sent DISABLE TRIGGER kept"),
    Plant(
        "a process that changes signed heads",
        "P03",
        "privilege",
        "GRANT UPDATE (verdict) ON channel_heads TO execution_gate",
    ),
    Plant("a process that empties a table", "P03", "privilege", "GRANT TRUNCATE ON channel_sent TO execution_gate"),
    Plant("a process in the owner's place", "P03", "privilege", "GRANT execution_owner TO execution_worker"),
)
SEPARATION = (
    Plant("a role of the other stack", "P04", "foreign-role", "CREATE ROLE customer_api"),
    Plant("a module of the other stack", "P04", "foreign-module", change=_both),
    Plant("a setting of the other stack", "P04", "foreign-setting", change=_foreign_setting),
)
_OPEN = "ALTER DOMAIN ref DROP CONSTRAINT ref_closed; "
VALUES = (
    Plant("a reference with a time in it", "P05", "ref-version", _OPEN + _ref("0190a6c2-1b2c-7d3e-8f40-516273849506")),
    Plant("a reference made of a name", "P05", "ref-version", _OPEN + _ref("4ab1f6de-0c3b-5a27-9d8e-7f6a5b4c3d2e")),
    Plant("a telephone number, filled up", "P05", "ref-low-entropy", _ref("94771234-5670-4000-8000-000000000000")),
    Plant("a reference of digits", "P05", "ref-digits", _ref("94771234-5671-4234-8567-199001012345")),
    Plant("a name in a reference", "P05", "ref-text", _ref("4e494d41-4c20-4045-8052-455241202020")),
    Plant("a name in a hash", "P05", "bytes-text", _document("rpad('NIMAL PERERA COLOMBO SEVEN', 32, ' ')::bytea")),
    Plant("a telephone number in a hash", "P05", "bytes-text", _document("rpad('94771234567', 32, 'x')::bytea")),
    Plant("a short hash, filled up", "P05", "bytes-low-entropy", _document("decode(rpad('c0ffee', 64, '0'), 'hex')")),
    Plant("a telephone number as a counter", "P05", "number-out-of-bounds", _intent(expires_at="94771234567")),
    Plant("a number where a place stands", "P05", "number-out-of-bounds", _intent(position="771234")),
    Plant(
        "a birthday as a time",
        "P05",
        "time-out-of-range",
        "ALTER DOMAIN moment DROP CONSTRAINT moment_closed; UPDATE instrument SET opens_at = '1990-01-01Z'",
    ),
    Plant("a time to come", "P05", "time-out-of-range", "UPDATE channel SET registered_at = now() + '9 years'"),
    Plant("a name as a symbol", "P05", "code-personal", "UPDATE instrument SET code = 'NIMAL-PERERA'"),
    Plant(
        "text in a record", "P05", "record-unregistered", "INSERT INTO audit_entry (payload) VALUES ('NIMAL PERERA')"
    ),
    Plant(
        "a record that nobody registered",
        "P05",
        "record-unregistered",
        "INSERT INTO audit_entry (payload) VALUES ('\\x92a76e6f74652e7631ac4e494d414c20504552455241')",
    ),
    Plant(
        "a record with more than its fields",
        "P05",
        "record-unregistered",
        "INSERT INTO audit_entry (payload) VALUES ('\\x93b2736368656d612e6d696772617465642e763101a54e494d414c')",
    ),
    Plant(
        "text among messages",
        "P05",
        "message-unregistered",
        f"INSERT INTO channel_outbox (channel, count, payload) VALUES ({_CHANNEL}, 1, 'NIMAL PERERA')",  # noqa: S608 -- constants
    ),
)
REFERENCES = (
    Plant("an intent of nobody", "P06", "ref-unregistered", _intent(participant=_STRANGER)),
    Plant("an intent for nothing", "P06", "ref-unregistered", _intent(instrument=_STRANGER)),
    Plant(
        "another channel's participant",
        "P06",
        "ref-unregistered",
        f"INSERT INTO channel (id) VALUES ({_STRANGER});" + _intent(channel=_STRANGER),  # noqa: S608 -- constants
    ),
    Plant("one reference, two purposes", "P06", "ref-two-purposes", f"UPDATE participant SET ref = {_LISTED}"),  # noqa: S608 -- constants
    Plant("a channel without a register", "P06", "ref-unregistered", "DELETE FROM channel"),
    Plant(
        "references that count up",
        "P06",
        "ref-not-random",
        "INSERT INTO participant (ref, channel) SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,"  # noqa: S608 -- constants
        f" {_CHANNEL} FROM generate_series(1, 200) n",
    ),
    Plant(
        "a country in each reference",
        "P06",
        "ref-not-random",
        "INSERT INTO participant (ref, channel) SELECT ('4c4b' || substr(gen_random_uuid()::text, 5))::uuid,"  # noqa: S608 -- constants
        f" {_CHANNEL} FROM generate_series(1, 2000)",
    ),
)
TRANSCRIPT = (
    Plant("a core that nobody hashed", "P09", "core-differs", _sent(_ZEROS)),
    Plant("a core of another history", "P09", "chain-broken", _sent("sha256('other')")),
    Plant("a core that is text", "P09", "refused-today", _sent(_ZEROS, body="'NIMAL PERERA'")),
    Plant("a head of another history", "P09", "head-differs", _sent(_ZEROS) + "; UPDATE channel_outbound SET due = 9"),  # noqa: S608 -- constants
    Plant(
        "a transcript that is gone",
        "P09",
        "transcript-missing",
        f"INSERT INTO channel_inbound (channel, due, head) VALUES ({_CHANNEL}, 9, sha256('x'))",  # noqa: S608 -- constants
    ),
)
CODE = (
    Plant("a vocabulary of its own", "P08", "vocabulary-differs", change=_with(vocabulary="0" * 64)),
    Plant("a record with text", "P08", "open-record", change=_open_record),
    Plant("the other stack, loaded", "P12", "foreign-module", change=_both),
    Plant("an event with free text", "P13", "event-open", change=_open_event),
    Plant("a name in a log", "P13", "line-unregistered", log='{"event": "process.started", "name": "Nimal Perera"}'),
    Plant("a log that is text", "P13", "line-unregistered", log="order for Nimal Perera placed"),
    Plant("an event that nobody registered", "P13", "line-unregistered", log='{"event": "nimal.perera"}'),
)

CUSTOMER = (
    Plant("a role of the other stack", "P04", "foreign-role", "CREATE ROLE execution_gate"),
    Plant(
        "a transcript of no channel",
        "P06",
        "ref-unregistered",
        f"INSERT INTO channel_outbound (channel, head) VALUES ({_STRANGER}, sha256('x'))",  # noqa: S608 -- constants
    ),
    Plant(
        "references that count up",
        "P06",
        "ref-not-random",
        "INSERT INTO channel_reference (reference, channel)"  # noqa: S608 -- constants
        " SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,"
        f" {_CHANNEL} FROM generate_series(1, 200) n",
    ),
    *TRANSCRIPT,
    *(plant for plant in (*SEPARATION, *CODE) if not plant.sql and plant.title != "a record with text"),
)
"""What the customer half is held to, whose database has types of every kind."""

PLANTS = (*CATALOGUE, *SIDE_DOORS, *WALL, *SEPARATION, *VALUES, *REFERENCES, *TRANSCRIPT, *CODE)
