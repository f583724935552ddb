-- execution_auditor: reads, and can do nothing else.
GRANT SELECT ON alembic_version, audit_entry, audit_seal, audit_node, audit_head, audit_era TO execution_auditor;
GRANT SELECT ON outbox, job, channel, channel_nonce TO execution_auditor;
GRANT SELECT ON channel_outbox, channel_outbound, channel_inbound, channel_sent, channel_received, channel_void,
  channel_refused, channel_heads, channel_reopening, channel_epoch, channel_checkpoint, channel_signer
  TO execution_auditor;
GRANT SELECT ON participant, instrument, instrument_band, intent, wallet, document TO execution_auditor;
GRANT SELECT ON risk_default, risk_participant, risk_instrument, risk_symbol, risk_account, risk_holding, risk_finding,
  risk_stop TO execution_auditor;
GRANT SELECT ON SEQUENCE risk_finding_id TO execution_auditor;
GRANT SELECT ON SEQUENCE audit_entry_id, outbox_id, channel_outbox_id TO execution_auditor;
GRANT SELECT ON operator, operator_decision TO execution_auditor;
GRANT SELECT ON channel_key TO execution_auditor;
GRANT SELECT ON SEQUENCE channel_heads_id, channel_checkpoint_id  TO execution_auditor;
GRANT SELECT ON clob_shard, clob_book, clob_participant, clob_command, clob_timer, clob_cursor, clob_batch, clob_order,
  clob_trade, clob_snapshot, clob_snapshot_part, clob_candle, clob_candle_place, channel_fill TO execution_auditor;
GRANT SELECT ON SEQUENCE clob_participant_id TO execution_auditor;
GRANT SELECT ON venue_account, venue_transfer, venue_market, venue_range, venue_order, venue_client, venue_command,
  venue_fill, venue_bust, venue_position, venue_settlement, venue_finding, venue_snapshot, venue_quote, venue_level
  TO execution_auditor;
GRANT SELECT ON catalogue_key, catalogue_signature, catalogue_held TO execution_auditor;
GRANT SELECT ON omnibus_order, omnibus_member, omnibus_manifest, omnibus_change, omnibus_fill, allocation, holding, resolution, payout TO execution_auditor;
