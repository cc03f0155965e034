-- Notifications that are still to be sent: a policy and the state it matched. A row is claimed by raising `tries` and putting
-- `next_try_at` off, and deleted when it was sent or given up. A state that went with its run leaves nothing to send.
CREATE TABLE notification_queue (
  tenant_id TEXT NOT NULL,
  policy_id TEXT NOT NULL,
  state_id TEXT NOT NULL,
  tries INTEGER NOT NULL,
  next_try_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, policy_id, state_id),
  FOREIGN KEY (tenant_id, policy_id) REFERENCES flow_run_notification_policies (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
-- The sweep over all tenants.
CREATE INDEX notification_queue_due ON notification_queue (next_try_at);

-- Cancelled flow runs that left task runs or subflow runs unfinished. The whole table is the list of what is to be done.
CREATE TABLE cancelled_flow_runs (
  tenant_id TEXT NOT NULL,
  flow_run_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, flow_run_id),
  FOREIGN KEY (tenant_id, flow_run_id) REFERENCES flow_runs (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('cancelled_flow_runs', 'cancelled_flow_runs', '1000 10 1'),
  ('notification_queue', 'notification_queue_due', '1000 10'),
  ('notification_queue', 'notification_queue', '1000 100 10 1');
ANALYZE sqlite_schema;
