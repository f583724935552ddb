"""Every table of the execution database, for Alembic and for whoever needs the whole of it.

The outbox and the jobs are mechanisms of the kernel and belong to no capability, so they are instantiated here.
"""

from boundary.kernel.runtime import (
    audit,
    database_objects,
    jobs,
    operator_tables,
    outbox,
    transcript_tables,
    witness_tables,
)
from execution_stack import schema
from execution_stack.aggregation import tables as aggregation_tables
from execution_stack.allocation import tables as allocation_tables
from execution_stack.audit import tables as audit_tables
from execution_stack.catalogue import tables as catalogue_tables
from execution_stack.clob import tables as clob_tables
from execution_stack.documents import tables as documents_tables
from execution_stack.gate import tables as gate_tables
from execution_stack.instruments import tables as instruments_tables
from execution_stack.intents import tables as intents_tables
from execution_stack.operators import tables as operators_tables
from execution_stack.participants import tables as participants_tables
from execution_stack.resolution import tables as resolution_tables
from execution_stack.risk import tables as risk_tables
from execution_stack.venues import tables as venues_tables
from execution_stack.wallets import tables as wallets_tables

METADATA = schema.METADATA
OUTBOX = outbox.table(METADATA, schema.KERNEL)
JOB = jobs.table(METADATA, schema.KERNEL)

OWNERS = {
    "aggregation": aggregation_tables,
    "allocation": allocation_tables,
    "audit": audit_tables,
    "clob": clob_tables,
    "catalogue": catalogue_tables,
    "documents": documents_tables,
    "gate": gate_tables,
    "instruments": instruments_tables,
    "intents": intents_tables,
    "operators": operators_tables,
    "participants": participants_tables,
    "venues": venues_tables,
    "risk": risk_tables,
    "resolution": resolution_tables,
    "wallets": wallets_tables,
}
APPEND_ONLY = (
    *(table.name for table in audit_tables.TABLES),
    *witness_tables.NAMES,
    "channel_checkpoint",
    *operator_tables.APPEND_ONLY,
    *clob_tables.KEPT,
    *catalogue_tables.APPEND_ONLY,
    *venues_tables.APPEND_ONLY,
)
KEPT = transcript_tables.KEPT

PURPOSES = {
    "channel": (
        "channel.id",
        "channel_inbound.channel",
        "channel_outbound.channel",
        "channel_outbox.channel",
        "channel_sent.channel",
        "channel_received.channel",
        "channel_void.channel",
        "channel_nonce.channel",
        "channel_refused.channel",
        "channel_heads.channel",
        "channel_reopening.channel",
        "channel_epoch.channel",
        "channel_signer.channel",
        "channel_checkpoint.channel",
        "participant.channel",
        "intent.channel",
        "operator.channel",
        "channel_key.channel",
        "wallet.channel",
        "channel_fill.channel",
        "clob_participant.channel",
        "clob_command.channel",
        "risk_finding.channel",
        "risk_stop.channel",
        "omnibus_member.channel",
        "holding.channel",
        "payout.channel",
    ),
    "nonce": ("channel_nonce.nonce",),
    "participant": (
        "participant.ref",
        "intent.participant",
        "wallet.participant",
        "clob_participant.participant",
        "risk_participant.participant",
        "risk_symbol.participant",
        "risk_account.participant",
        "risk_holding.participant",
        "risk_finding.participant",
        "risk_stop.participant",
        "omnibus_member.participant",
        "holding.participant",
        "payout.participant",
    ),
    "instrument": (
        "instrument.ref",
        "intent.instrument",
        "clob_book.instrument",
        "clob_trade.instrument",
        "venue_market.instrument",
        "venue_range.instrument",
        "venue_order.instrument",
        "venue_fill.instrument",
        "venue_position.instrument",
        "venue_settlement.instrument",
        "venue_quote.instrument",
        "venue_level.instrument",
        "clob_candle.instrument",
        "clob_candle_place.instrument",
        "instrument_band.instrument",
        "risk_instrument.instrument",
        "risk_symbol.instrument",
        "risk_holding.instrument",
        "risk_finding.instrument",
        "risk_stop.instrument",
        "omnibus_order.instrument",
        "holding.instrument",
        "resolution.instrument",
        "payout.instrument",
    ),
    "operator": ("operator.ref", "operator_decision.first", "operator_decision.second"),
    "job": ("job.id",),
    "engine": ("clob_cursor.holder",),
    "venue_order": (
        "venue_order.ref",
        "venue_client.order",
        "venue_command.order",
        "venue_fill.order",
        "venue_bust.order",
        "venue_finding.order",
    ),
    "venue_client": ("venue_client.client", "venue_order.client", "venue_command.client"),
    "stop": ("risk_stop.id",),
    "omnibus_order": (
        "omnibus_order.ref",
        "omnibus_member.order",
        "omnibus_manifest.order",
        "omnibus_change.order",
        "omnibus_fill.order",
        "allocation.order",
    ),
    "venue_fill": ("omnibus_fill.fill",),
}
"""Every column of references: the one that registers them first, then those that use them."""

database_objects.attach(
    METADATA,
    before=[*schema.domains(), audit.APPEND_ONLY_FUNCTION, transcript_tables.KEPT_FUNCTION],
    after=[
        *clob_tables.PLAIN,
        *(audit.append_only(table) for table in APPEND_ONLY),
        *(trigger for table in KEPT for trigger in transcript_tables.kept(table)),
    ],
)
