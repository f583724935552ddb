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
GRANT SELECT ON ledger_asset, ledger_account, ledger_balance, ledger_transfer, ledger_timer, ledger_command, ledger_alarm, ledger_trial,
  ledger_trial_line TO customer_auditor;
-- Of what people were told the auditor sees that and when, not what it said or where it went.
GRANT SELECT (id, account, kind, announcement, created_at, read_at) ON notification TO customer_auditor;
GRANT SELECT (id, account, notification, channel, kind, locale, state, attempts, code, reference, due_at, lease_until,
  expires_at, created_at, ended_at) ON delivery TO customer_auditor;
GRANT SELECT ON notice_choice, notice_preference, announcement, announcement_text TO customer_auditor;
-- Of people the auditor sees opaque numbers, states and times: no sealed value, no look-up index, no hash of a secret.
GRANT SELECT (id, role, state, reason, language, email_verified_at, phone_verified_at, created_at, changed_at, revision)
  ON account TO customer_auditor;
GRANT SELECT (account, changed_at) ON account_password TO customer_auditor;
GRANT SELECT ON consent TO customer_auditor;
GRANT SELECT (account, purpose, tries, sent_at, expires_at) ON sent_code TO customer_auditor;
GRANT SELECT (id, account, created_at, authenticated_at, factor_at, seen_at, expires_at, ended_at, ended, generation)
  ON session TO customer_auditor;
GRANT SELECT (session, generation, issued_at, used_at) ON refresh_token TO customer_auditor;
GRANT SELECT (account, tries, created_at, expires_at, used_at) ON sign_in_challenge TO customer_auditor;
GRANT SELECT (account, created_at, confirmed_at) ON account_totp TO customer_auditor;
GRANT SELECT (account, created_at, used_at) ON recovery_code TO customer_auditor;
GRANT SELECT (account, created_at, seen_at) ON known_device TO customer_auditor;
GRANT SELECT (id, account, channel, state, requested_at, effective_at, ended_at) ON contact_change TO customer_auditor;
GRANT SELECT (id, account, permissions, read_only, created_at, expires_at, used_at, revoked_at) ON api_key
  TO customer_auditor;
-- Of screening the auditor sees lists, states and scores by number, and nobody's name.
GRANT SELECT ON screening_version, screening_chunk, screening_adoption, screening_refusal, screening_rescreen
  TO customer_auditor;
GRANT SELECT (id, kind, owner, outcome, failure, state, commitment, decision, screened_at) ON screening_subject
  TO customer_auditor;
GRANT SELECT (id, subject, owner, trigger, outcome, failure, state, matcher, libraries, lists, review, strong, count, hits,
  commitment, digest, at) ON screening_decision TO customer_auditor;
GRANT SELECT (id, subject, owner, publisher, ref, tier, score, strong, state, cause, revision, entity, person, decision,
  opened_at, decided_by, decided_at, expires_at, proposed, proposed_by, proposed_at) ON screening_hit TO customer_auditor;
-- Of monitoring the auditor sees rules, states and times, and never whom they are about.
GRANT SELECT ON monitoring_rules, monitoring_cursor TO customer_auditor;
GRANT SELECT (id, rule, version, severity, answer, certain, score, half_life_days, raised_at) ON monitoring_alert TO customer_auditor;
GRANT SELECT (key, rule, version, certain, at) ON monitoring_shadow TO customer_auditor;
GRANT SELECT (id, half_life_days, by, at) ON monitoring_risk_note TO customer_auditor;
GRANT SELECT (reason, by, at) ON monitoring_link TO customer_auditor;
GRANT SELECT (id, kind, state, investigator, approver, version, opened_at, due_at, overdue_at, closed_at)
  ON monitoring_case TO customer_auditor;
GRANT SELECT (id, what, by, at) ON monitoring_case_event TO customer_auditor;
GRANT SELECT (by, at) ON monitoring_case_link TO customer_auditor;
GRANT SELECT (id, author, at) ON monitoring_note, monitoring_evidence TO customer_auditor;
GRANT SELECT (id, kind, code, state, version, digest, due_at, overdue_at, drafted_by, proposed_by, approved_by, created_at)
  ON monitoring_report TO customer_auditor;
GRANT SELECT ON monitoring_export TO customer_auditor;
GRANT SELECT (operation, at) ON monitoring_travel TO customer_auditor;
-- Of onboarding the auditor sees what was decided, when and by which number; no form, text or file.
GRANT SELECT (id, account, level, policy_version, state, waiting, session, revision, reasons, claimed_by, claimed_at,
  approved_at, expires_at, attached_at, created_at, submitted_at, changed_at) ON kyc_application TO customer_auditor;
GRANT SELECT ON kyc_event, kyc_upload, kyc_view, kyc_refused_hook, kyc_saga, kyc_saga_step, kyc_freeze TO customer_auditor;
GRANT SELECT (event, account) ON kyc_event_text TO customer_auditor;
GRANT SELECT (upload, part, piece, account) ON kyc_upload_part TO customer_auditor;
GRANT SELECT ON clearance, clearance_review, clearance_turn, safeguard_change, safeguard_exclusion, safeguard_limit,
  safeguard_reality TO customer_auditor;
GRANT SELECT ON fx_source, fx_rate, fx_quote, fx_conversion, fx_clock, fx_exposure, fx_volume, fx_position, fx_hedge TO customer_auditor;
-- Of payments the auditor sees states, numbers and times: no sealed value, no look-up index, no secret.
GRANT SELECT (id, account, state, currency, country, payee, screened, usable_at, revision, created_at, changed_at)
  ON beneficiary TO customer_auditor;
GRANT SELECT ON deposit_reference, payment_statement, withdrawal, withdrawal_step, payment_event, payment_hook_event,
  payment_hook_delivery TO customer_auditor;
GRANT SELECT (statement, number) ON payment_statement_part TO customer_auditor;
GRANT SELECT (id, provider, line, account, asset, amount, value_date, state, why, transfer, resolution, created_at,
  resolved_at) ON deposit TO customer_auditor;
GRANT SELECT (id, url, state, created_by, created_at) ON payment_hook TO customer_auditor;
