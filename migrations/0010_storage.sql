-- Keys of the S3 gateway: whose they are and what they may do. Their secrets are derived, not kept. They live in DB_0, as API keys do.
CREATE TABLE storage_keys (
  access_key_id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  scope TEXT NOT NULL,
  prefix TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;
-- A tenant lists its keys; a workspace takes its keys with it.
CREATE INDEX storage_keys_by_workspace ON storage_keys (workspace_id);

-- Uploads in parts that are under way: R2 cannot list them.
CREATE TABLE storage_uploads (
  tenant_id TEXT NOT NULL,
  upload_id TEXT NOT NULL,
  object_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, upload_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE storage_parts (
  tenant_id TEXT NOT NULL,
  upload_id TEXT NOT NULL,
  part_number INTEGER NOT NULL,
  etag TEXT NOT NULL,
  size INTEGER NOT NULL,
  uploaded_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, upload_id, part_number),
  FOREIGN KEY (tenant_id, upload_id) REFERENCES storage_uploads (tenant_id, upload_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('storage_keys', 'storage_keys', '1000000 1'),
  ('storage_keys', 'storage_keys_by_workspace', '1000000 10'),
  ('storage_uploads', 'storage_uploads', '100000 100 1'),
  ('storage_parts', 'storage_parts', '1000000 1000 100 1');
ANALYZE sqlite_schema;
