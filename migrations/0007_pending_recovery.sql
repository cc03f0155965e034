-- What a pool does with runs that were claimed and never began: a JSON object, null when nothing.
ALTER TABLE work_pools ADD COLUMN recovery TEXT;
-- Who a worker's last noted heartbeat came from, as claims name their callers.
ALTER TABLE workers ADD COLUMN caller TEXT;

-- Who claimed a run of such a pool, and how often it was taken back from whoever had.
CREATE TABLE flow_run_claims (
  tenant_id TEXT NOT NULL,
  flow_run_id TEXT NOT NULL,
  caller TEXT NOT NULL,
  claimed_at INTEGER NOT NULL,
  recoveries INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, flow_run_id),
  FOREIGN KEY (tenant_id, flow_run_id) REFERENCES flow_runs (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('flow_run_claims', 'flow_run_claims', '1000000 100000 1');
ANALYZE sqlite_schema;
