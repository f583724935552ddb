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
-- Screens people against the lists that operators loaded, and takes down what officers decide.
GRANT SELECT ON screening_version, screening_chunk, screening_adoption, screening_refusal, screening_rescreen TO customer_api;
GRANT SELECT, INSERT, UPDATE (outcome, failure, state, person, commitment, tokens, decision, screened_at) ON screening_subject
  TO customer_api;
GRANT SELECT, INSERT ON screening_decision TO customer_api;
GRANT SELECT, INSERT, UPDATE (tier, score, strong, state, cause, revision, entity, person, decision, opened_at,
  decided_by, decided_at, expires_at, note, proposed, proposed_by, proposed_at)
  ON screening_hit TO customer_api;
-- Monitoring. Row security shows the walled tables to officers alone; what customers' own requests find goes in by functions.
GRANT SELECT ON monitoring_rules, monitoring_link, monitoring_travel TO customer_api;
GRANT INSERT ON monitoring_rules, monitoring_travel TO customer_api;
GRANT INSERT (one, other, reason, by) ON monitoring_link TO customer_api;
GRANT SELECT, UPDATE (case_id) ON monitoring_alert TO customer_api;
GRANT SELECT ON monitoring_shadow, monitoring_export TO customer_api;
GRANT SELECT, INSERT ON monitoring_risk_note, monitoring_case_link, monitoring_note, monitoring_evidence TO customer_api;
GRANT SELECT, UPDATE (state, investigator, conclusion, approver, version, closed_at) ON monitoring_case TO customer_api;
GRANT SELECT, INSERT (case_id, what, by, at) ON monitoring_case_event TO customer_api;
GRANT USAGE ON SEQUENCE monitoring_case_event_id TO customer_api;
GRANT SELECT, INSERT (id, kind, code, case_id, subject, digest, content, due_at, drafted_by, created_at),
  UPDATE (state, version, digest, content, proposed_by, approved_by, reference) ON monitoring_report TO customer_api;
GRANT EXECUTE ON FUNCTION monitoring_sees, monitoring_windows, monitoring_history, monitoring_open, monitoring_raise, monitoring_count, monitoring_points TO customer_api;
-- Onboarding. What happened is only added to; what follows from it is derived into the application's row.
GRANT SELECT, INSERT (id, account, level, policy_version, state, created_at, changed_at), UPDATE (level, policy_version,
  state, waiting, session, revision, reasons, residence, applicant, claimed_by, claimed_at, approved_at, expires_at,
  submitted_at, changed_at, form, document_index, customer_text, private_text) ON kyc_application TO customer_api;
GRANT SELECT, INSERT (application, account, event, source, sequence, digest, level, policy_version, reasons, by, at)
  ON kyc_event TO customer_api;
GRANT USAGE ON SEQUENCE kyc_event_id, kyc_view_id, kyc_refused_hook_id TO customer_api;
GRANT SELECT, INSERT ON kyc_event_text TO customer_api;
GRANT SELECT, INSERT (id, application, account, kind, state, size, created_at), UPDATE (state, media, judged_at)
  ON kyc_upload TO customer_api;
GRANT SELECT, INSERT, DELETE ON kyc_upload_part TO customer_api;
GRANT SELECT, INSERT (application, upload, viewer, at) ON kyc_view TO customer_api;
GRANT SELECT, INSERT (digest, size, reason, at) ON kyc_refused_hook TO customer_api;
GRANT SELECT, INSERT (id, account, application, begun_at), UPDATE (lifted_at) ON kyc_saga TO customer_api;
GRANT SELECT, INSERT ON kyc_saga_step TO customer_api;
GRANT SELECT, INSERT, DELETE ON kyc_freeze TO customer_api;
-- Verdicts and the history of safeguards are only added to; an exclusion is never lifted by anybody.
GRANT SELECT, INSERT (id, at, operation, kind, account, ledger_account, asset, amount, home, counterparty, destination,
  answer, reasons, facts, review) ON clearance TO customer_api;
GRANT SELECT, INSERT (verdict, operation, account, ledger_account, asset, amount, at), UPDATE (state, ground, decided_by,
  approved_by, decided_at, expires_at, used_by) ON clearance_review TO customer_api;
GRANT SELECT, INSERT (account), UPDATE (turns) ON clearance_turn TO customer_api;
GRANT SELECT, INSERT (account, kind, period, currency), UPDATE (amount, currency, next_amount, next_at, version,
  changed_at) ON safeguard_limit TO customer_api;
GRANT SELECT, INSERT ON safeguard_exclusion TO customer_api;
GRANT SELECT, INSERT (account, minutes, changed_at), UPDATE (minutes, changed_at, told_at) ON safeguard_reality TO customer_api;
GRANT SELECT, INSERT (change, account, fact, kind, period, before, after, currency, effective_at, at)
  ON safeguard_change TO customer_api;
GRANT USAGE ON SEQUENCE safeguard_change_id TO customer_api;
-- Foreign exchange: quotes and converts. Of a quote only its end is added; UPDATE of the end is also what locking asks for.
GRANT SELECT ON fx_source, fx_rate, fx_hedge TO customer_api;
GRANT SELECT, INSERT, UPDATE (state, ended_at) ON fx_quote TO customer_api;
GRANT SELECT, INSERT ON fx_conversion TO customer_api;
GRANT SELECT, INSERT, UPDATE (high) ON fx_clock TO customer_api;
GRANT SELECT, INSERT, UPDATE (open_units) ON fx_exposure TO customer_api;
GRANT SELECT, INSERT, UPDATE (volume) ON fx_volume TO customer_api;
GRANT SELECT, INSERT, UPDATE (base_units, quote_units, changed_at) ON fx_position TO customer_api;
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
