-- What each tenant's files take: raised before a write, corrected after it, and counted anew at `count_at`.
CREATE TABLE storage_usage (
  tenant_id TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL,
  objects INTEGER NOT NULL,
  count_at INTEGER NOT NULL,
  -- Of a count that is under way: the last key it came to, what it found, and what was written meanwhile.
  counted_to TEXT,
  counted_bytes INTEGER NOT NULL,
  counted_objects INTEGER NOT NULL,
  reserved_bytes INTEGER NOT NULL,
  reserved_objects INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- The scheduler finds the tenants whose files are to be counted.
CREATE INDEX storage_usage_to_count ON storage_usage (count_at);

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('storage_usage', 'storage_usage', '100000 1'),
  ('storage_usage', 'storage_usage_to_count', '100000 10');
ANALYZE sqlite_schema;
