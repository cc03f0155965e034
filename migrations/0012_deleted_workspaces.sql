-- Workspaces that were deleted and whose files and rows are being removed from their shard. They live in DB_0, as workspaces do.
CREATE TABLE deleted_workspaces (
  id TEXT PRIMARY KEY,
  shard INTEGER NOT NULL,
  deleted_at INTEGER NOT NULL,
  remove_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- The scheduler finds what is to be removed from a shard.
CREATE INDEX deleted_workspaces_to_remove ON deleted_workspaces (shard, remove_at);

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('deleted_workspaces', 'deleted_workspaces', '1000 1'),
  ('deleted_workspaces', 'deleted_workspaces_to_remove', '1000 1000 10');
ANALYZE sqlite_schema;
