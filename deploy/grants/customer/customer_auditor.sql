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
-- Of payments the auditor sees states, numbers and times: no sealed value, no look-up index, no secret.
GRANT SELECT (id, account, state, currency, country, payee, screened, usable_at, revision, created_at, changed_at)
  ON beneficiary TO customer_auditor;
GRANT SELECT ON deposit_reference, payment_statement, withdrawal, withdrawal_step, payment_event, payment_hook_event,
  payment_hook_delivery TO customer_auditor;
GRANT SELECT (statement, number) ON payment_statement_part TO customer_auditor;
GRANT SELECT (id, provider, line, account, asset, amount, value_date, state, why, transfer, resolution, created_at,
  resolved_at) ON deposit TO customer_auditor;
GRANT SELECT (id, url, state, created_by, created_at) ON payment_hook TO customer_auditor;
