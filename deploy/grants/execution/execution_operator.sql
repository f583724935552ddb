-- execution_operator: commands of `execution-stack` that change something, run by a person.
GRANT SELECT ON alembic_version TO execution_operator;
GRANT SELECT, INSERT (payload) ON audit_entry TO execution_operator;
GRANT USAGE ON SEQUENCE audit_entry_id TO execution_operator;
GRANT SELECT, INSERT ON audit_seal, audit_node, audit_head, audit_era TO execution_operator;
-- Promises a job, and wakes the worker for it.
GRANT SELECT, INSERT (payload) ON outbox TO execution_operator;
GRANT USAGE ON SEQUENCE outbox_id TO execution_operator;
GRANT SELECT, INSERT (id, payload, key, run_at) ON job TO execution_operator;
-- Admits customer stacks, lists and halts instruments; each customer stack hears of it.
GRANT SELECT, INSERT (id) ON channel TO execution_operator;
GRANT SELECT, INSERT (channel, head) ON channel_outbound, channel_inbound TO execution_operator;
GRANT SELECT, INSERT (channel, public_key) ON channel_signer TO execution_operator;
-- Halts a channel, and decides with somebody else that it goes on.
GRANT UPDATE (halted, reason) ON channel_inbound TO execution_operator;
GRANT SELECT, INSERT ON channel_reopening TO execution_operator;
GRANT SELECT ON channel_void, channel_refused, channel_heads, channel_epoch, channel_checkpoint TO execution_operator;
GRANT SELECT, INSERT (channel, count, payload) ON channel_outbox TO execution_operator;
GRANT USAGE ON SEQUENCE channel_outbox_id TO execution_operator;
GRANT SELECT, INSERT, UPDATE (state, reference_ticks, price_max, cap_lots, opens_at, closes_at, document) ON instrument
  TO execution_operator;
GRANT SELECT, INSERT, DELETE ON instrument_band TO execution_operator;
-- Sets limits and lists, stops trading, and with somebody else lets it go on.
GRANT SELECT, INSERT, UPDATE (order_value, daily_volume, open_orders, open_notional, position_value, orders_per_minute,
  cooldown_after, cooldown_seconds) ON risk_default, risk_participant TO execution_operator;
GRANT SELECT, INSERT, UPDATE (order_value, open_orders, open_notional, position_value) ON risk_instrument
  TO execution_operator;
GRANT SELECT, INSERT, UPDATE (listing), DELETE ON risk_symbol TO execution_operator;
GRANT SELECT, INSERT (id, scope, channel, instrument, participant), UPDATE (lifted_at, statement) ON risk_stop TO execution_operator;
GRANT SELECT ON risk_account, risk_holding, risk_finding TO execution_operator;
GRANT SELECT, INSERT (hash, size, kind, media, statement) ON document TO execution_operator;
GRANT SELECT ON channel_sent, channel_received, participant, intent, wallet TO execution_operator;
GRANT SELECT ON channel_nonce TO execution_operator;
-- MAINTAIN is what LOCK TABLE asks for: `audit adopt` lets nobody write while it seals what a restore brought.
GRANT MAINTAIN ON audit_entry TO execution_operator;
-- The register of who may decide by four eyes, and what was decided.
GRANT SELECT, INSERT (ref, channel, public_key), UPDATE (state, activated_at, revoked_at) ON operator TO execution_operator;
GRANT SELECT, INSERT (statement, first, second) ON operator_decision TO execution_operator;
-- `channel keys`: moves states; the secrets are in files.
GRANT SELECT, INSERT (key_id, channel, state, fingerprint, activated_at, replaced_at),
  UPDATE (state, activated_at, replaced_at, ended_at) ON channel_key TO execution_operator;
-- Opens books and tells them what an operator decides; reads all that they said.
GRANT SELECT, INSERT (shard), UPDATE (next) ON clob_shard TO execution_operator;
GRANT SELECT, INSERT (number, instrument, shard, day_ends, next_day), UPDATE (next_order, window_seconds) ON clob_book
  TO execution_operator;
GRANT SELECT, INSERT (participant, channel) ON clob_participant TO execution_operator;
GRANT USAGE ON SEQUENCE clob_participant_id TO execution_operator;
GRANT SELECT, INSERT (shard, no, count, payload) ON clob_command TO execution_operator;
GRANT SELECT, INSERT ON clob_timer TO execution_operator;
GRANT SELECT ON clob_cursor, clob_batch, clob_order, clob_trade, clob_snapshot, clob_snapshot_part TO execution_operator;
-- `venue`: the switch, cancels, transfers, and the comparison of records; whoever runs it writes what it finds.
GRANT SELECT, INSERT, UPDATE ON venue_account, venue_order, venue_command, venue_position, venue_finding
  TO execution_operator;
GRANT SELECT, INSERT ON venue_client, venue_fill, venue_bust, venue_settlement, venue_transfer TO execution_operator;
GRANT SELECT ON venue_snapshot, venue_quote, venue_level, venue_range TO execution_operator;
GRANT SELECT, UPDATE (seen_at) ON venue_market TO execution_operator;
-- `venue catalogue`: keys, by four eyes, and documents that wait.
GRANT SELECT, INSERT (public_key, statement), UPDATE (state, revoked_at) ON catalogue_key TO execution_operator;
GRANT SELECT ON catalogue_signature TO execution_operator;
GRANT SELECT, UPDATE (state, decided_at) ON catalogue_held TO execution_operator;
GRANT SELECT ON clob_candle
  TO execution_operator;
GRANT SELECT ON omnibus_order, omnibus_member, omnibus_manifest, omnibus_change, omnibus_fill, allocation, holding, resolution, payout TO execution_operator;
