-- Signed-in browsers: the hash of a cookie's token, whose it is and which workspace it opens.
CREATE TABLE sessions (
  hash TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- A sign-in clears away the account's expired sessions; a workspace takes its sessions with it.
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_workspace ON sessions (workspace_id);

-- Attempts to sign in that have not succeeded, by whom they are counted for (a hash); each sign-in clears away what is over.
CREATE TABLE sign_in_attempts (
  subject TEXT PRIMARY KEY,
  attempts INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_attempts_by_end ON sign_in_attempts (ends_at);

ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('sessions', 'sessions', '1000000 1'),
  ('sessions', 'sessions_by_account', '1000000 10'),
  ('sessions', 'sessions_by_workspace', '1000000 10'),
  ('sign_in_attempts', 'sign_in_attempts', '100000 1'),
  ('sign_in_attempts', 'sign_in_attempts_by_end', '100000 10');
ANALYZE sqlite_schema;
