-- customer_auditor: reads, and can do nothing else.
GRANT SELECT ON alembic_version, audit_entry, audit_seal, audit_node, audit_head, audit_era TO customer_auditor;
GRANT SELECT ON outbox, job, channel TO customer_auditor;
GRANT SELECT ON channel_outbox, channel_outbound, channel_inbound, channel_sent, channel_received, channel_void,
  channel_refused, channel_heads, channel_reopening, channel_epoch, channel_checkpoint,
  channel_lease, channel_tally, channel_subject, channel_reference, channel_reservation, instrument,
  channel_wallet, market_document, market_feed, market_quote TO customer_auditor;
GRANT SELECT ON SEQUENCE audit_entry_id, outbox_id, channel_outbox_id TO customer_auditor;
-- Of keys the auditor sees that they are there, not what they are.
GRANT SELECT (subject, version, kek, created_at, replaced_at, retired_at) ON subject_key TO customer_auditor;
GRANT SELECT ON erasure TO customer_auditor;
GRANT SELECT ON access_standing, access_grant, access_proposal, idempotency, rate_limit TO customer_auditor;
GRANT SELECT ON operator, operator_decision TO customer_auditor;
GRANT SELECT ON channel_key TO customer_auditor;
GRANT SELECT ON SEQUENCE channel_heads_id, channel_checkpoint_id TO customer_auditor;
GRANT SELECT ON consent TO customer_auditor;
GRANT SELECT ON ledger_asset, ledger_account, ledger_balance, ledger_transfer, ledger_timer, ledger_command, ledger_alarm, ledger_trial,
  ledger_trial_line TO customer_auditor;
GRANT SELECT ON notification, notice_choice, notice_preference, delivery, announcement, announcement_text TO customer_auditor;
