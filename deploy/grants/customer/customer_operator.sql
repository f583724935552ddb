-- customer_operator: commands of `customer-stack` that change something, run by a person.
GRANT SELECT ON alembic_version TO customer_operator;
GRANT SELECT, INSERT (payload) ON audit_entry TO customer_operator;
GRANT USAGE ON SEQUENCE audit_entry_id TO customer_operator;
GRANT SELECT, INSERT ON audit_seal, audit_node, audit_head, audit_era TO customer_operator;
-- Promises a job, and wakes the worker for it.
GRANT SELECT, INSERT (payload) ON outbox TO customer_operator;
GRANT USAGE ON SEQUENCE outbox_id TO customer_operator;
GRANT SELECT, INSERT (id, payload, key, run_at) ON job TO customer_operator;
GRANT SELECT ON channel TO customer_operator;
-- MAINTAIN is what LOCK TABLE asks for: `audit adopt` lets nobody write while it seals what a restore brought.
GRANT MAINTAIN ON audit_entry TO customer_operator;
GRANT SELECT ON channel_outbox, channel_outbound, channel_inbound, channel_sent, channel_received, channel_void,
  channel_refused, channel_heads, channel_reopening, channel_epoch, channel_checkpoint,
  channel_lease, channel_tally, channel_subject, channel_reference, channel_reservation, instrument,
  channel_wallet, market_document, market_feed, market_quote TO customer_operator;
-- The vault's commands: re-wrap, rotate, destroy, and apply erasures again after a restore.
GRANT SELECT, INSERT (subject, version, kek, wrapped), UPDATE (kek, wrapped, replaced_at, retired_at), DELETE ON subject_key
  TO customer_operator;
GRANT SELECT, INSERT ON erasure TO customer_operator;
-- `access found`: the first two who may hand out permissions.
GRANT SELECT, INSERT (account, role), UPDATE ON access_standing TO customer_operator;
GRANT SELECT, INSERT (account, item, granted_by, until), UPDATE, DELETE ON access_grant TO customer_operator;
GRANT SELECT ON access_proposal, idempotency, rate_limit TO customer_operator;
-- The register of who may decide by four eyes, and what was decided.
GRANT SELECT, INSERT (ref, channel, public_key), UPDATE (state, activated_at, revoked_at) ON operator TO customer_operator;
GRANT SELECT, INSERT (statement, first, second) ON operator_decision TO customer_operator;
-- `channel keys`: moves states; the secrets are in files.
GRANT SELECT, INSERT (key_id, channel, state, fingerprint, activated_at, replaced_at),
  UPDATE (state, activated_at, replaced_at, ended_at) ON channel_key TO customer_operator;
-- Halts the channel, decides with somebody else that it goes on, gives up references that nobody stands behind.
GRANT UPDATE (halted, reason) ON channel_inbound TO customer_operator;
GRANT INSERT ON channel_reopening TO customer_operator;
GRANT UPDATE (state) ON channel_reference TO customer_operator;
-- Identity: `identity appoint` makes the first accounts of those who work here; an erasure overwrites what is blind.
GRANT SELECT, INSERT, UPDATE (email_index, phone_index) ON account TO customer_operator;
GRANT SELECT, INSERT, UPDATE (digest, tries, sent_at, expires_at) ON sent_code TO customer_operator;
GRANT SELECT, UPDATE (value_index) ON contact_change TO customer_operator;
-- The ledger is written through its functions alone.
GRANT SELECT ON ledger_asset, ledger_account, ledger_balance, ledger_transfer, ledger_timer, ledger_command, ledger_alarm, ledger_trial,
  ledger_trial_line TO customer_operator;
GRANT INSERT (number, code, scale, kind, instrument) ON ledger_asset TO customer_operator;
GRANT INSERT (transfer, account, reason) ON ledger_alarm TO customer_operator;
GRANT USAGE ON SEQUENCE ledger_alarm_id TO customer_operator;
GRANT EXECUTE ON FUNCTION ledger_hold, ledger_known, ledger_apply, ledger_refuse, ledger_close, ledger_open, ledger_remember TO customer_operator;
GRANT INSERT ON ledger_trial, ledger_trial_line TO customer_operator;
GRANT SELECT ON announcement TO customer_operator;
-- `identity appoint` invites.
GRANT INSERT (id, account, notification, channel, kind, locale, sealed, due_at, expires_at, created_at) ON delivery
  TO customer_operator;
GRANT SELECT, INSERT ON notice_choice TO customer_operator;
GRANT SELECT ON notice_preference TO customer_operator;
-- `screening load`: versions of lists are added, and never changed. An erasure overwrites tokens; `screening replay` reads.
GRANT SELECT, INSERT (publisher, hash, digest, entities, names, published) ON screening_version TO customer_operator;
GRANT SELECT, INSERT ON screening_chunk TO customer_operator;
GRANT SELECT, INSERT (publisher, version, at) ON screening_adoption TO customer_operator;
GRANT SELECT, INSERT (publisher, reason, hash, at) ON screening_refusal TO customer_operator;
GRANT SELECT, INSERT (publisher, version, previous, changed, removed, started_at) ON screening_rescreen TO customer_operator;
GRANT USAGE ON SEQUENCE screening_version_id, screening_adoption_id, screening_refusal_id, screening_rescreen_id
  TO customer_operator;
GRANT SELECT, UPDATE (tokens) ON screening_subject TO customer_operator;
GRANT SELECT ON screening_decision TO customer_operator;
GRANT SELECT ON screening_hit TO customer_operator;
-- Monitoring: rules and back-tests over the books. No case is an operator's business: row security shows none.
GRANT SELECT, INSERT ON monitoring_rules TO customer_operator;
GRANT SELECT ON monitoring_link TO customer_operator;
GRANT EXECUTE ON FUNCTION monitoring_windows, monitoring_history TO customer_operator;
-- Onboarding: sees how many wait for what; an erasure overwrites what is blind.
GRANT SELECT, UPDATE (document_index) ON kyc_application TO customer_operator;
GRANT SELECT ON kyc_event, kyc_event_text, kyc_upload, kyc_view, kyc_refused_hook, kyc_saga, kyc_saga_step, kyc_freeze TO customer_operator;
GRANT SELECT ON clearance, clearance_review, clearance_turn, safeguard_change, safeguard_exclusion, safeguard_limit,
  safeguard_reality TO customer_operator;
-- Foreign exchange: feeds the board by hand, and looks at it.
GRANT SELECT, INSERT (adapter, origin) ON fx_source TO customer_operator;
GRANT SELECT, INSERT (source, base, quote, bid, ask, as_of, payload) ON fx_rate TO customer_operator;
GRANT USAGE ON SEQUENCE fx_source_id, fx_rate_id TO customer_operator;
GRANT SELECT ON fx_quote, fx_conversion, fx_clock, fx_exposure, fx_volume, fx_position, fx_hedge TO customer_operator;
-- Payments: an erasure overwrites what is blind; statements too large for the API are handed in by command.
GRANT SELECT, UPDATE (details_index) ON beneficiary TO customer_operator;
GRANT SELECT, INSERT ON payment_statement, payment_statement_part TO customer_operator;
