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
-- Screens again when lists change and where there was no answer; the vault's job re-encrypts and overwrites.
GRANT SELECT ON screening_version, screening_chunk, screening_adoption, screening_refusal TO customer_worker;
GRANT SELECT, UPDATE (reached, compared, decided, finished_at) ON screening_rescreen TO customer_worker;
GRANT SELECT, INSERT, UPDATE (outcome, failure, state, person, commitment, tokens, decision, screened_at) ON screening_subject
  TO customer_worker;
GRANT SELECT, INSERT, UPDATE (person, answer) ON screening_decision TO customer_worker;
GRANT SELECT, INSERT, UPDATE (tier, score, strong, state, cause, revision, entity, person, decision, opened_at,
  decided_by, decided_at, expires_at, note, proposed, proposed_by, proposed_at)
  ON screening_hit TO customer_worker;
-- Monitoring: looks at what was posted, watches deadlines, drafts and exports reports, re-encrypts what is sealed.
GRANT SELECT, INSERT ON monitoring_rules TO customer_worker;
GRANT SELECT ON monitoring_link, monitoring_alert, monitoring_shadow, monitoring_risk_note, monitoring_case_link TO customer_worker;
GRANT SELECT, UPDATE (overdue_at, version) ON monitoring_case TO customer_worker;
GRANT SELECT, INSERT (case_id, what, by, at) ON monitoring_case_event TO customer_worker;
GRANT USAGE ON SEQUENCE monitoring_case_event_id TO customer_worker;
GRANT SELECT, UPDATE (text) ON monitoring_note TO customer_worker;
GRANT SELECT, UPDATE (name, content) ON monitoring_evidence TO customer_worker;
GRANT SELECT, INSERT (id, kind, code, subject, transfer, digest, content, due_at, created_at),
  UPDATE (state, version, content, file, overdue_at) ON monitoring_report TO customer_worker;
GRANT SELECT, INSERT ON monitoring_export TO customer_worker;
GRANT SELECT, UPDATE (fields) ON monitoring_travel TO customer_worker;
GRANT SELECT, INSERT, UPDATE ON monitoring_cursor TO customer_worker;
GRANT EXECUTE ON FUNCTION monitoring_windows, monitoring_history, monitoring_open, monitoring_raise, monitoring_count, monitoring_points TO customer_worker;
-- Onboarding: asks vendors and scanners, follows what waits, runs freezes to their end, re-encrypts what is sealed.
GRANT SELECT, UPDATE (policy_version, state, waiting, session, revision, reasons, applicant, claimed_by, claimed_at,
  approved_at, expires_at, attached_at, changed_at, form, document_index, customer_text, private_text)
  ON kyc_application TO customer_worker;
GRANT SELECT, INSERT (application, account, event, source, sequence, digest, level, policy_version, reasons, by, at)
  ON kyc_event TO customer_worker;
GRANT USAGE ON SEQUENCE kyc_event_id TO customer_worker;
GRANT SELECT, INSERT, UPDATE (texts) ON kyc_event_text TO customer_worker;
GRANT SELECT, UPDATE (state, media, judged_at) ON kyc_upload TO customer_worker;
GRANT SELECT, UPDATE (data), DELETE ON kyc_upload_part TO customer_worker;
GRANT SELECT, INSERT (id, account, application, begun_at), UPDATE (finished_at) ON kyc_saga TO customer_worker;
GRANT SELECT, INSERT ON kyc_saga_step, kyc_freeze TO customer_worker;
GRANT SELECT ON kyc_view, kyc_refused_hook TO customer_worker;
-- Verdicts and the history of safeguards are only added to; an exclusion is never lifted by anybody.
GRANT SELECT, INSERT (id, at, operation, kind, account, ledger_account, asset, amount, home, counterparty, destination,
  answer, reasons, facts, review) ON clearance TO customer_worker;
GRANT SELECT, INSERT (verdict, operation, account, ledger_account, asset, amount, at), UPDATE (state, ground, decided_by,
  approved_by, decided_at, expires_at, used_by) ON clearance_review TO customer_worker;
GRANT SELECT, INSERT (account), UPDATE (turns) ON clearance_turn TO customer_worker;
GRANT SELECT, INSERT (account, kind, period, currency), UPDATE (amount, currency, next_amount, next_at, version,
  changed_at) ON safeguard_limit TO customer_worker;
GRANT SELECT, INSERT ON safeguard_exclusion TO customer_worker;
GRANT SELECT, INSERT (account, minutes, changed_at), UPDATE (minutes, changed_at, told_at) ON safeguard_reality TO customer_worker;
GRANT SELECT, INSERT (change, account, fact, kind, period, before, after, currency, effective_at, at)
  ON safeguard_change TO customer_worker;
GRANT USAGE ON SEQUENCE safeguard_change_id TO customer_worker;
-- Foreign exchange: hears rates, ends quotes that are over or cancelled, hedges.
GRANT SELECT, INSERT (adapter, origin) ON fx_source TO customer_worker;
GRANT SELECT, INSERT (source, base, quote, bid, ask, as_of, payload) ON fx_rate TO customer_worker;
GRANT USAGE ON SEQUENCE fx_source_id, fx_rate_id TO customer_worker;
GRANT SELECT, UPDATE (state, ended_at) ON fx_quote TO customer_worker;
GRANT SELECT ON fx_conversion, fx_volume TO customer_worker;
GRANT SELECT, INSERT, UPDATE (high) ON fx_clock TO customer_worker;
GRANT SELECT, UPDATE (open_units) ON fx_exposure TO customer_worker;
GRANT SELECT, INSERT, UPDATE (base_units, quote_units, changed_at) ON fx_position TO customer_worker;
GRANT SELECT, INSERT (id, base, quote, provider, base_minor, base_units), UPDATE (state, handle, quote_minor, attempts, changed_at)
  ON fx_hedge TO customer_worker;
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
