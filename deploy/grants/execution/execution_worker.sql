-- execution_worker: `execution-stack worker`. Seals the audit log, delivers the outbox, runs jobs, notices silence.
GRANT SELECT ON alembic_version TO execution_worker;
GRANT SELECT, INSERT (payload) ON audit_entry TO execution_worker;
GRANT USAGE ON SEQUENCE audit_entry_id TO execution_worker;
GRANT SELECT, INSERT ON audit_seal, audit_node, audit_head, audit_era TO execution_worker;
-- UPDATE is what SELECT … FOR UPDATE asks for; the drainer locks rows and deletes them.
GRANT SELECT, INSERT (payload), UPDATE, DELETE ON outbox TO execution_worker;
GRANT USAGE ON SEQUENCE outbox_id TO execution_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON job TO execution_worker;
GRANT SELECT, UPDATE (link, heard_at) ON channel TO execution_worker;
GRANT SELECT, DELETE ON channel_nonce TO execution_worker;
-- Signs heads and states totals, and says so to each customer stack.
GRANT SELECT, INSERT (channel, count, payload) ON channel_outbox TO execution_worker;
GRANT USAGE ON SEQUENCE channel_outbox_id TO execution_worker;
GRANT SELECT, UPDATE (due, head, acked, messages) ON channel_outbound TO execution_worker;
GRANT SELECT, INSERT ON channel_heads, channel_checkpoint TO execution_worker;
GRANT USAGE ON SEQUENCE channel_heads_id, channel_checkpoint_id TO execution_worker;
-- DELETE is for what is older than the database itself says it must be kept.
GRANT SELECT, INSERT, DELETE ON channel_sent TO execution_worker;
GRANT SELECT, DELETE ON channel_received, channel_void, channel_refused TO execution_worker;
-- UPDATE of one column is what SELECT … FOR UPDATE asks for: nothing comes in while totals are worked out.
GRANT SELECT, UPDATE (reason) ON channel_inbound TO execution_worker;
GRANT SELECT ON channel_signer, channel_reopening, channel_epoch TO execution_worker;
GRANT SELECT ON participant, intent TO execution_worker;
-- Closes instruments when their window is over; forgets old findings.
GRANT SELECT ON instrument TO execution_worker;
GRANT SELECT ON instrument_band TO execution_worker;
GRANT SELECT, DELETE ON risk_finding TO execution_worker;
-- Makes custody wallets, whose keys this process alone can derive, and tells of them.
GRANT SELECT, INSERT (address, channel, participant, kind) ON wallet TO execution_worker;
-- Tells the books the time and when their day ends.
GRANT SELECT, UPDATE (next) ON clob_shard TO execution_worker;
GRANT SELECT, UPDATE (next_day) ON clob_book TO execution_worker;
GRANT SELECT, INSERT, DELETE ON clob_timer TO execution_worker;
GRANT SELECT, INSERT (shard, no, count, payload) ON clob_command TO execution_worker;
GRANT SELECT ON clob_cursor, clob_batch, clob_order, clob_trade, clob_participant TO execution_worker;
-- Deals with venues: orders and what is asked about them, fills, positions, settlements, markets, prices, evidence.
GRANT SELECT, INSERT, UPDATE ON venue_account, venue_order, venue_command, venue_position, venue_market, venue_finding
  TO execution_worker;
GRANT SELECT, INSERT ON venue_client, venue_fill, venue_bust, venue_settlement, venue_snapshot, venue_transfer
  TO execution_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON venue_quote, venue_level, venue_range TO execution_worker;
-- Takes catalogues in: documents under the signature of a registered key, and the instruments that they speak of.
-- UPDATE of one column is what SELECT … FOR SHARE and FOR UPDATE ask for; a key's state is an operator's to move.
GRANT SELECT, UPDATE (statement) ON catalogue_key TO execution_worker;
GRANT SELECT, INSERT (document, public_key, signature) ON catalogue_signature TO execution_worker;
GRANT SELECT, INSERT (document, size, findings), UPDATE (decided_at) ON catalogue_held TO execution_worker;
GRANT SELECT, INSERT (hash, size, kind, media, statement) ON document TO execution_worker;
GRANT INSERT, UPDATE (state, reference_ticks, price_max, cap_lots, opens_at, closes_at, document) ON instrument TO execution_worker;
GRANT INSERT, DELETE ON instrument_band TO execution_worker;
-- Closes windows, writes manifests, shares fills out, and tells customer stacks.
GRANT SELECT, INSERT, UPDATE ON omnibus_order, omnibus_member, omnibus_manifest, omnibus_fill TO execution_worker;
GRANT SELECT, INSERT ON omnibus_change, allocation TO execution_worker;
GRANT UPDATE (state) ON intent TO execution_worker;
GRANT SELECT, INSERT, UPDATE (last) ON channel_fill TO execution_worker;
-- Keeps holdings, decides outcomes, pays positions.
GRANT SELECT, INSERT, UPDATE ON holding, resolution, payout TO execution_worker;
