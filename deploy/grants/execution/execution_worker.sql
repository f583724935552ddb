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
GRANT SELECT ON channel_outbox, channel_outbound, channel_inbound, channel_sent, channel_received, channel_void
  TO execution_worker;
GRANT SELECT ON participant, instrument, intent TO execution_worker;
-- Makes custody wallets, whose keys this process alone can derive, and tells of them.
GRANT SELECT, INSERT (address, channel, participant, kind) ON wallet TO execution_worker;
GRANT INSERT (channel, count, payload) ON channel_outbox TO execution_worker;
GRANT USAGE ON SEQUENCE channel_outbox_id TO execution_worker;
