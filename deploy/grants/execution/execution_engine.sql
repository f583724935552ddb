-- execution_engine: `execution-stack engine`. Reads the journal, writes what came of it, and tells customer stacks.
GRANT SELECT ON alembic_version TO execution_engine;
GRANT SELECT, INSERT (payload) ON audit_entry TO execution_engine;
GRANT USAGE ON SEQUENCE audit_entry_id TO execution_engine;
GRANT SELECT ON clob_shard, clob_book, clob_participant, clob_command TO execution_engine;
-- The lease with its epoch, which every batch is committed under.
GRANT SELECT, INSERT (shard, hash), UPDATE (epoch, holder, until, batch, command, hash) ON clob_cursor TO execution_engine;
GRANT SELECT, INSERT (shard, number, first, last, done, events, payload, hash) ON clob_batch TO execution_engine;
GRANT SELECT, INSERT, UPDATE (price, open, filled, state, reason, batch) ON clob_order TO execution_engine;
GRANT SELECT, INSERT (instrument, number, price, lots, taker_side, auction, taker, maker, batch) ON clob_trade
  TO execution_engine;
-- Keeps the newest snapshots and removes older ones.
GRANT SELECT, INSERT (shard, batch, command, parts, orders, digest), DELETE ON clob_snapshot TO execution_engine;
GRANT SELECT, INSERT, DELETE ON clob_snapshot_part TO execution_engine;
-- What ended or was filled is news for the customer stack that asked for it.
GRANT SELECT, UPDATE (state) ON intent TO execution_engine;
GRANT SELECT ON instrument, instrument_band, channel TO execution_engine;
GRANT SELECT, INSERT, UPDATE (last) ON channel_fill TO execution_engine;
GRANT SELECT, INSERT (channel, count, payload) ON channel_outbox TO execution_engine;
GRANT USAGE ON SEQUENCE channel_outbox_id TO execution_engine;
-- Gives back what orders held when they end, and counts what traded.
GRANT SELECT, INSERT (participant), UPDATE ON risk_account TO execution_engine;
GRANT SELECT, INSERT, UPDATE ON risk_holding TO execution_engine;
