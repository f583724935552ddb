-- customer_worker: `customer-stack worker`. Keeps the channel, seals the audit log, delivers the outbox, runs jobs.
GRANT SELECT ON alembic_version TO customer_worker;
GRANT SELECT, INSERT (payload) ON audit_entry TO customer_worker;
GRANT USAGE ON SEQUENCE audit_entry_id TO customer_worker;
GRANT SELECT, INSERT ON audit_seal, audit_node, audit_head, audit_era TO customer_worker;
-- UPDATE is what SELECT … FOR UPDATE asks for; the drainer locks rows and deletes them.
GRANT SELECT, INSERT (payload), UPDATE, DELETE ON outbox TO customer_worker;
GRANT USAGE ON SEQUENCE outbox_id TO customer_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON job TO customer_worker;
GRANT SELECT, INSERT, UPDATE ON channel TO customer_worker;
-- The relay: sequences, sends, applies.
GRANT SELECT, INSERT (channel, count, payload, subjects, about), DELETE ON channel_outbox TO customer_worker;
GRANT USAGE ON SEQUENCE channel_outbox_id TO customer_worker;
GRANT SELECT, INSERT, UPDATE ON channel_outbound, channel_inbound TO customer_worker;
-- DELETE is for what is older than the database itself says it must be kept.
GRANT SELECT, INSERT, DELETE ON channel_sent, channel_received, channel_void, channel_refused TO customer_worker;
GRANT SELECT, INSERT ON channel_heads, channel_epoch, channel_checkpoint TO customer_worker;
GRANT USAGE ON SEQUENCE channel_heads_id, channel_checkpoint_id TO customer_worker;
GRANT SELECT ON channel_reopening TO customer_worker;
GRANT SELECT, INSERT, UPDATE ON channel_tally TO customer_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON channel_lease TO customer_worker;
GRANT SELECT, INSERT, UPDATE (epoch, sequence, outcome, code, answered_at), DELETE ON channel_subject TO customer_worker;
GRANT SELECT, INSERT, UPDATE ON channel_reference TO customer_worker;
GRANT SELECT, INSERT, DELETE ON channel_reservation TO customer_worker;
GRANT SELECT, INSERT (address, channel, reference, kind) ON channel_wallet TO customer_worker;
GRANT SELECT, INSERT, UPDATE ON instrument TO customer_worker;
GRANT SELECT, INSERT, UPDATE ON market_feed TO customer_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON market_quote TO customer_worker;
GRANT SELECT, INSERT (hash, size, kind), UPDATE (state, code, attempts, next_at, media_type, content, held_at)
  ON market_document TO customer_worker;
-- The vault: re-wraps, rotates and destroys keys.
GRANT SELECT, INSERT (subject, version, kek, wrapped), UPDATE (kek, wrapped, replaced_at, retired_at), DELETE ON subject_key
  TO customer_worker;
GRANT SELECT, INSERT ON erasure TO customer_worker;
-- Lets proposals expire and kept answers go. FOR UPDATE asks for UPDATE in some column.
GRANT SELECT, UPDATE (state, decided_by, decided_at) ON access_proposal TO customer_worker;
GRANT SELECT, UPDATE (status), DELETE ON idempotency TO customer_worker;
GRANT SELECT ON access_standing, access_grant, rate_limit TO customer_worker;
-- Adopts key files and notes under which keys it was heard; never moves a key's state.
GRANT SELECT, INSERT (key_id, channel, state, fingerprint, activated_at, replaced_at), UPDATE (seen_at) ON channel_key
  TO customer_worker;
-- Identity: applies contact changes, forgets what is over, re-encrypts and overwrites what the vault answers for.
GRANT SELECT, UPDATE (email, email_index, email_verified_at, phone, phone_index, phone_verified_at, changed_at, revision),
  DELETE ON account TO customer_worker;
GRANT SELECT (account), DELETE ON account_password TO customer_worker;
GRANT SELECT, DELETE ON sent_code, sign_in_challenge, refresh_token TO customer_worker;
GRANT SELECT, UPDATE (device, place), DELETE ON session TO customer_worker;
GRANT SELECT, UPDATE (secret) ON account_totp TO customer_worker;
GRANT SELECT, UPDATE (state, ended_at, value, value_index) ON contact_change TO customer_worker;
GRANT SELECT (id, account, label), UPDATE (label) ON api_key TO customer_worker;
-- The ledger is written through its functions alone.
GRANT SELECT ON ledger_asset, ledger_account, ledger_balance, ledger_transfer, ledger_timer, ledger_command, ledger_alarm, ledger_trial,
  ledger_trial_line TO customer_worker;
GRANT INSERT (number, code, scale, kind, instrument) ON ledger_asset TO customer_worker;
GRANT INSERT (transfer, account, reason) ON ledger_alarm TO customer_worker;
GRANT USAGE ON SEQUENCE ledger_alarm_id TO customer_worker;
GRANT EXECUTE ON FUNCTION ledger_hold, ledger_known, ledger_apply, ledger_refuse, ledger_close, ledger_open, ledger_remember TO customer_worker;
GRANT INSERT ON ledger_trial, ledger_trial_line TO customer_worker;
-- Writes announcements into inboxes, carries messages, forgets them; the vault's job re-encrypts facts.
GRANT SELECT, INSERT (id, account, kind, facts, announcement, created_at), UPDATE (facts) ON notification TO customer_worker;
GRANT SELECT, INSERT ON notice_choice TO customer_worker;
GRANT SELECT ON notice_preference, announcement_text TO customer_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery TO customer_worker;
GRANT SELECT, UPDATE (state, reached, written, finished_at) ON announcement TO customer_worker;
-- Payments: hands over, asks back, books statements, tells operators' systems. Sealed values are moved under newer keys.
GRANT SELECT, INSERT, UPDATE ON beneficiary, deposit, payment_statement TO customer_worker;
GRANT SELECT, INSERT, UPDATE (external) ON deposit_reference TO customer_worker;
GRANT SELECT, INSERT, UPDATE (content), DELETE ON payment_statement_part TO customer_worker;
GRANT SELECT, INSERT, UPDATE (state, reason, external, attempts, due_at, returned, contradicted, revision, changed_at)
  ON withdrawal TO customer_worker;
GRANT SELECT, INSERT ON withdrawal_step, payment_hook_event TO customer_worker;
GRANT SELECT, INSERT, UPDATE (seen) ON payment_event TO customer_worker;
GRANT SELECT, UPDATE (secret) ON payment_hook TO customer_worker;
GRANT SELECT, INSERT, UPDATE ON payment_hook_delivery TO customer_worker;
GRANT USAGE ON SEQUENCE withdrawal_step_id, payment_event_id, payment_hook_event_id TO customer_worker;
