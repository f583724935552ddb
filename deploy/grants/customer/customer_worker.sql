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
