-- customer_api: `customer-stack serve`. Serves requests; writes audit entries and messages, seals nothing.
GRANT SELECT ON alembic_version TO customer_api;
GRANT SELECT, INSERT (payload) ON audit_entry TO customer_api;
GRANT USAGE ON SEQUENCE audit_entry_id TO customer_api;
GRANT SELECT ON audit_seal, audit_node, audit_head, audit_era TO customer_api;
GRANT INSERT (payload) ON outbox TO customer_api;
GRANT USAGE ON SEQUENCE outbox_id TO customer_api;
GRANT SELECT, INSERT (id, payload, key, run_at) ON job TO customer_api;
GRANT SELECT ON channel TO customer_api;
-- Says things across the wall by writing into the outbox; the relay in the worker carries them.
GRANT INSERT (channel, count, payload, subjects, about) ON channel_outbox TO customer_api;
GRANT USAGE ON SEQUENCE channel_outbox_id TO customer_api;
GRANT SELECT ON channel_subject, channel_wallet, instrument, market_document, market_feed, market_quote TO customer_api;
GRANT SELECT, UPDATE (state, subject, attached_at, activation) ON channel_reference TO customer_api;
-- The vault: makes keys and uses them. UPDATE (retired_at) is what FOR KEY SHARE asks for; a key is destroyed by others.
GRANT SELECT, INSERT (subject, version, kek, wrapped), UPDATE (retired_at) ON subject_key TO customer_api;
GRANT SELECT ON erasure TO customer_api;
-- Counts attempts, and keeps answers for requests that are sent twice; the worker forgets them.
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_limit TO customer_api;
GRANT SELECT, INSERT (slot, input, status, body) ON idempotency TO customer_api;
-- Says who is what, and who was given what. What was proposed is never rewritten: only its end is added.
GRANT SELECT, INSERT (account, role), UPDATE ON access_standing TO customer_api;
GRANT SELECT, INSERT (account, item, granted_by, until), UPDATE, DELETE ON access_grant TO customer_api;
GRANT SELECT, INSERT, UPDATE (state, decided_by, decided_at) ON access_proposal TO customer_api;
-- Identity. FOR UPDATE asks for UPDATE in some column; a code, a challenge and a device are deleted when they are used up.
GRANT SELECT, INSERT, UPDATE (state, reason, email, email_index, email_verified_at, phone, phone_index,
  phone_verified_at, changed_at, revision) ON account TO customer_api;
GRANT SELECT, INSERT, UPDATE (hash, changed_at) ON account_password TO customer_api;
GRANT SELECT, INSERT ON consent TO customer_api;
GRANT SELECT, INSERT, UPDATE (digest, tries, sent_at, expires_at), DELETE ON sent_code TO customer_api;
GRANT SELECT, INSERT, UPDATE (factor_at, seen_at, ended_at, ended, generation, network, place) ON session
  TO customer_api;
GRANT SELECT, INSERT, UPDATE (used_at) ON refresh_token TO customer_api;
GRANT SELECT, INSERT, UPDATE (tries, used_at), DELETE ON sign_in_challenge TO customer_api;
GRANT SELECT, INSERT, UPDATE (secret, created_at, confirmed_at, last_step), DELETE ON account_totp TO customer_api;
GRANT SELECT, INSERT, UPDATE (used_at), DELETE ON recovery_code TO customer_api;
GRANT SELECT, INSERT, UPDATE (seen_at), DELETE ON known_device TO customer_api;
GRANT SELECT, INSERT, UPDATE (state, ended_at) ON contact_change TO customer_api;
GRANT SELECT, INSERT, UPDATE (used_at, revoked_at) ON api_key TO customer_api;
-- The ledger is written through its functions alone.
GRANT SELECT ON ledger_asset, ledger_account, ledger_balance, ledger_transfer, ledger_timer, ledger_command, ledger_alarm, ledger_trial,
  ledger_trial_line TO customer_api;
GRANT INSERT (transfer, account, reason) ON ledger_alarm TO customer_api;
GRANT USAGE ON SEQUENCE ledger_alarm_id TO customer_api;
GRANT EXECUTE ON FUNCTION ledger_hold, ledger_known, ledger_apply, ledger_refuse, ledger_close, ledger_open, ledger_remember TO customer_api;
-- Tells people and lets them read; the worker delivers. A notice is never rewritten, only marked as read.
GRANT SELECT, INSERT (id, account, kind, facts, created_at), UPDATE (read_at) ON notification TO customer_api;
GRANT SELECT, INSERT, UPDATE ON notice_choice, notice_preference TO customer_api;
GRANT SELECT, INSERT, UPDATE (state, attempts, due_at, ended_at) ON delivery TO customer_api;
GRANT SELECT, INSERT (id, author, role, locale, created_at) ON announcement TO customer_api;
GRANT SELECT, INSERT ON announcement_text TO customer_api;
-- Payments: what is asked for and told; the worker hands over. Steps and events are never rewritten.
GRANT SELECT, INSERT, UPDATE (state, name, details, details_index, payee, screened, usable_at, revision, changed_at)
  ON beneficiary TO customer_api;
GRANT SELECT, INSERT, UPDATE (external) ON deposit_reference TO customer_api;
GRANT SELECT, INSERT ON payment_statement, payment_statement_part TO customer_api;
GRANT SELECT, INSERT, UPDATE (account, state, resolution, resolved_at) ON deposit TO customer_api;
GRANT SELECT, INSERT, UPDATE (state, reason, external, due_at, returned, contradicted, revision, changed_at)
  ON withdrawal TO customer_api;
GRANT SELECT, INSERT ON withdrawal_step, payment_hook_event TO customer_api;
GRANT SELECT, INSERT, UPDATE (seen) ON payment_event TO customer_api;
GRANT SELECT, INSERT, UPDATE (state) ON payment_hook TO customer_api;
GRANT SELECT, INSERT, UPDATE (state, attempts, code, due_at) ON payment_hook_delivery TO customer_api;
GRANT USAGE ON SEQUENCE withdrawal_step_id, payment_event_id, payment_hook_event_id TO customer_api;
