-- execution_gate: `execution-stack serve`. Receives frames; may not admit a channel nor forget a nonce.
GRANT SELECT ON alembic_version TO execution_gate;
GRANT SELECT, INSERT (payload) ON audit_entry TO execution_gate;
GRANT USAGE ON SEQUENCE audit_entry_id TO execution_gate;
GRANT SELECT ON audit_seal, audit_node, audit_head, audit_era TO execution_gate;
GRANT INSERT (payload) ON outbox TO execution_gate;
GRANT USAGE ON SEQUENCE outbox_id TO execution_gate;
GRANT SELECT, INSERT (id, payload, key, run_at) ON job TO execution_gate;
GRANT SELECT, UPDATE (link, heard_at) ON channel TO execution_gate;
-- Both directions of each channel's transcript.
GRANT SELECT, INSERT (channel, nonce) ON channel_nonce TO execution_gate;
GRANT SELECT, INSERT (channel, count, payload), DELETE ON channel_outbox TO execution_gate;
GRANT USAGE ON SEQUENCE channel_outbox_id TO execution_gate;
GRANT SELECT, UPDATE (epoch, due, head, acked, messages) ON channel_outbound TO execution_gate;
GRANT SELECT, UPDATE (epoch, due, head, messages, halted, reason) ON channel_inbound TO execution_gate;
GRANT SELECT, INSERT ON channel_sent, channel_received, channel_void, channel_refused TO execution_gate;
-- Keeps what customer stacks sign, judges their totals, opens the epochs that two operators decided.
GRANT SELECT, INSERT ON channel_heads, channel_epoch, channel_checkpoint TO execution_gate;
GRANT USAGE ON SEQUENCE channel_heads_id, channel_checkpoint_id TO execution_gate;
GRANT SELECT ON channel_signer, channel_reopening TO execution_gate;
-- What messages do.
GRANT SELECT, INSERT (ref, channel), UPDATE (status, level, category, activated_at, activated_epoch, activated_sequence)
  ON participant TO execution_gate;
GRANT SELECT ON instrument, instrument_band TO execution_gate;
-- Compares intents with limits, which it cannot set, and counts what passes.
GRANT SELECT ON risk_default, risk_participant, risk_instrument, risk_symbol, risk_stop TO execution_gate;
GRANT SELECT, INSERT (participant), UPDATE ON risk_account TO execution_gate;
GRANT SELECT, INSERT, UPDATE ON risk_holding TO execution_gate;
GRANT INSERT (channel, participant, instrument, cause, refuses, value, bound) ON risk_finding TO execution_gate;
GRANT USAGE ON SEQUENCE risk_finding_id TO execution_gate;
GRANT SELECT ON document TO execution_gate;
GRANT SELECT, INSERT (address, channel, participant, kind, signed_at, proof, statement) ON wallet TO execution_gate;
GRANT SELECT, INSERT, UPDATE (limit_ticks, lots, cost_cap, state) ON intent TO execution_gate;
-- Approvals in messages: whose signatures count, and each statement once.
GRANT SELECT ON operator TO execution_gate;
GRANT SELECT, INSERT (statement, first, second) ON operator_decision TO execution_gate;
-- Adopts key files and notes under which keys it was heard; never moves a key's state.
GRANT SELECT, INSERT (key_id, channel, state, fingerprint, activated_at, replaced_at), UPDATE (seen_at) ON channel_key
  TO execution_gate;
-- Appends to the journal of the books, and reads what the engine made of it.
GRANT SELECT, UPDATE (next) ON clob_shard TO execution_gate;
GRANT SELECT, UPDATE (next_order) ON clob_book TO execution_gate;
GRANT SELECT, INSERT (participant, channel) ON clob_participant TO execution_gate;
GRANT USAGE ON SEQUENCE clob_participant_id TO execution_gate;
GRANT SELECT, INSERT (shard, no, count, channel, epoch, sequence, position, payload) ON clob_command TO execution_gate;
GRANT SELECT, INSERT ON clob_timer TO execution_gate;
GRANT SELECT ON clob_cursor, clob_batch, clob_order, clob_trade, clob_snapshot, clob_snapshot_part TO execution_gate;
-- What venues' markets cost now, for the lossy channel; and orders of intents that are pooled.
GRANT SELECT ON venue_account, venue_market, venue_range, venue_quote, venue_level TO execution_gate;
-- Folds trades into candles, for market data.
GRANT SELECT, INSERT, UPDATE (last, high, low, close, lots) ON clob_candle TO execution_gate;
GRANT SELECT, INSERT (instrument), UPDATE (folded) ON clob_candle_place TO execution_gate;
-- What venues' markets cost now, for the lossy channel; and orders of intents that are pooled.
-- What venues' markets cost now, for the lossy channel; and orders of intents that are pooled.
-- Puts accepted intents into windows, and takes out who no longer wants to be in one.
GRANT SELECT, INSERT, UPDATE ON omnibus_order, omnibus_member TO execution_gate;
