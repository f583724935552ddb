"""Omnibus orders: windows, members, manifests, fills and their shares; holdings, resolutions, payouts."""

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"

_STATEMENTS = (
    """\
CREATE TYPE omnibus_side AS ENUM ('buy', 'sell')""",
    """\
CREATE TYPE omnibus_manner AS ENUM ('resting', 'at_once', 'all_or_nothing', 'post_only')""",
    """\
CREATE TYPE omnibus_state AS ENUM ('gathering', 'manifested', 'leaving', 'working', 'ended')""",
    """\
CREATE TYPE omnibus_reason AS ENUM ('requested', 'expired', 'participant', 'instrument', 'operator', 'amended')""",
    """\
CREATE TYPE omnibus_why AS ENUM ('requested', 'unfilled', 'participant', 'instrument', 'operator', 'venue', 'expired')""",
    """\
CREATE TYPE resolution_kind AS ENUM ('resolved', 'voided', 'amended')""",
    """\
CREATE TYPE resolution_state AS ENUM ('paying', 'paid', 'replaced')""",
    """\
CREATE TYPE resolution_step AS ENUM ('reverse', 'pay', 'nothing')""",
    """\
CREATE TABLE omnibus_order (
    ref ref NOT NULL,
    instrument ref NOT NULL,
    side omnibus_side NOT NULL,
    limit_ticks ticks NOT NULL,
    manner omnibus_manner NOT NULL,
    state omnibus_state DEFAULT 'gathering' NOT NULL,
    members counter DEFAULT '0' NOT NULL,
    lots lots DEFAULT '0' NOT NULL,
    version counter DEFAULT '0' NOT NULL,
    obeyed counter DEFAULT '0' NOT NULL,
    changes BOOLEAN DEFAULT false NOT NULL,
    obeying counter,
    "over" BOOLEAN DEFAULT false NOT NULL,
    why omnibus_why,
    opened_at moment NOT NULL,
    closes_at moment NOT NULL,
    ended_at moment,
    PRIMARY KEY (ref)
)""",
    """\
CREATE INDEX omnibus_order_newest ON omnibus_order (opened_at, ref)""",
    """\
CREATE INDEX omnibus_order_open ON omnibus_order (state, closes_at) WHERE state <> 'ended'""",
    """\
CREATE UNIQUE INDEX omnibus_order_pool ON omnibus_order (instrument, side, limit_ticks, manner) WHERE state = 'gathering' AND manner <> 'all_or_nothing'""",
    """\
CREATE INDEX omnibus_order_waiting ON omnibus_order (ref) WHERE (over OR obeying IS NOT NULL) AND state <> 'ended'""",
    """\
CREATE TABLE omnibus_member (
    "order" ref NOT NULL,
    channel ref NOT NULL,
    epoch counter NOT NULL,
    sequence counter NOT NULL,
    position counter NOT NULL,
    participant ref NOT NULL,
    number counter,
    lots lots NOT NULL,
    filled lots DEFAULT '0' NOT NULL,
    target lots,
    reason omnibus_reason,
    open BOOLEAN DEFAULT true NOT NULL,
    at moment NOT NULL,
    PRIMARY KEY ("order", channel, epoch, sequence, position),
    FOREIGN KEY("order") REFERENCES omnibus_order (ref)
)""",
    """\
CREATE INDEX omnibus_member_changing ON omnibus_member ("order") WHERE target IS NOT NULL""",
    """\
CREATE UNIQUE INDEX omnibus_member_number ON omnibus_member ("order", number)""",
    """\
CREATE UNIQUE INDEX omnibus_member_open ON omnibus_member (channel, epoch, sequence, position) WHERE open""",
    """\
CREATE INDEX omnibus_member_participant ON omnibus_member (channel, participant) WHERE open""",
    """\
CREATE TABLE omnibus_manifest (
    "order" ref NOT NULL,
    version counter NOT NULL,
    root hash32 NOT NULL,
    members counter NOT NULL,
    lots lots NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    left_at moment,
    left_xid xid8,
    PRIMARY KEY ("order", version),
    FOREIGN KEY("order") REFERENCES omnibus_order (ref)
)""",
    """\
CREATE INDEX omnibus_manifest_waiting ON omnibus_manifest (xid) WHERE left_at IS NULL""",
    """\
CREATE TABLE omnibus_change (
    "order" ref NOT NULL,
    version counter NOT NULL,
    number counter NOT NULL,
    lots_before lots NOT NULL,
    lots lots NOT NULL,
    PRIMARY KEY ("order", version, number),
    FOREIGN KEY("order", version) REFERENCES omnibus_manifest ("order", version) DEFERRABLE INITIALLY DEFERRED
)""",
    """\
CREATE TABLE omnibus_fill (
    "order" ref NOT NULL,
    number counter NOT NULL,
    fill ref NOT NULL,
    version counter NOT NULL,
    lots lots NOT NULL,
    ticks ticks NOT NULL,
    fee amount NOT NULL,
    improvement amount NOT NULL,
    reverses counter,
    filled_at moment NOT NULL,
    shared counter DEFAULT '0' NOT NULL,
    done BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY ("order", number),
    UNIQUE ("order", reverses)
)""",
    """\
CREATE UNIQUE INDEX omnibus_fill_once ON omnibus_fill (fill) WHERE reverses IS NULL""",
    """\
CREATE INDEX omnibus_fill_waiting ON omnibus_fill ("order", number) WHERE NOT done""",
    """\
CREATE TABLE allocation (
    "order" ref NOT NULL,
    fill counter NOT NULL,
    member counter NOT NULL,
    lots lots NOT NULL,
    fee amount NOT NULL,
    improvement amount NOT NULL,
    told counter NOT NULL,
    PRIMARY KEY ("order", fill, member),
    FOREIGN KEY("order", fill) REFERENCES omnibus_fill ("order", number)
)""",
    """\
CREATE TABLE holding (
    instrument ref NOT NULL,
    channel ref NOT NULL,
    participant ref NOT NULL,
    lots lots NOT NULL,
    paid amount NOT NULL,
    had amount NOT NULL,
    PRIMARY KEY (instrument, channel, participant)
)""",
    """\
CREATE INDEX holding_participant ON holding (participant, instrument)""",
    """\
CREATE TABLE resolution (
    instrument ref NOT NULL,
    revision counter NOT NULL,
    kind resolution_kind NOT NULL,
    value amount,
    state resolution_state DEFAULT 'paying' NOT NULL,
    step resolution_step NOT NULL,
    decided_at moment NOT NULL,
    at moment DEFAULT now() NOT NULL,
    PRIMARY KEY (instrument, revision),
    CONSTRAINT resolution_value CHECK ((kind = 'voided') = (value IS NULL))
)""",
    """\
CREATE UNIQUE INDEX resolution_open ON resolution (instrument) WHERE state <> 'replaced'""",
    """\
CREATE INDEX resolution_paying ON resolution (at) WHERE state = 'paying'""",
    """\
CREATE TABLE payout (
    instrument ref NOT NULL,
    revision counter NOT NULL,
    channel ref NOT NULL,
    participant ref NOT NULL,
    lots lots NOT NULL,
    amount amount NOT NULL,
    reversed BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (instrument, revision, channel, participant),
    FOREIGN KEY(instrument, revision) REFERENCES resolution (instrument, revision)
)""",
    """\
CREATE UNIQUE INDEX payout_once ON payout (instrument, channel, participant) WHERE NOT reversed""",
)
_TABLES = (
    "payout",
    "resolution",
    "holding",
    "allocation",
    "omnibus_fill",
    "omnibus_change",
    "omnibus_manifest",
    "omnibus_member",
    "omnibus_order",
)
_TYPES = (
    "omnibus_side",
    "omnibus_manner",
    "omnibus_state",
    "omnibus_reason",
    "omnibus_why",
    "resolution_kind",
    "resolution_state",
    "resolution_step",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for table in _TABLES:
        op.execute(f"DROP TABLE {table}")
    for type_ in _TYPES:
        op.execute(f"DROP TYPE {type_}")
