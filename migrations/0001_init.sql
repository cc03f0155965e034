-- The directory: who signed up, their workspaces (tenants), their keys. Ids are UUIDv7 text, times whole microseconds since the epoch, UTC.
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE workspaces (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  shard INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (account_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
  hash TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_by_workspace ON api_keys (workspace_id);

CREATE TABLE flows (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  tags TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE work_pools (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  type TEXT NOT NULL,
  base_job_template TEXT NOT NULL,
  is_paused INTEGER NOT NULL,
  concurrency_limit INTEGER,
  default_queue_id TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE work_queues (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  work_pool_id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  is_paused INTEGER NOT NULL,
  concurrency_limit INTEGER,
  priority INTEGER NOT NULL,
  filter TEXT,
  last_polled_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, work_pool_id, name),
  FOREIGN KEY (tenant_id, work_pool_id) REFERENCES work_pools (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX work_queues_by_name ON work_queues (tenant_id, name);

CREATE TABLE workers (
  tenant_id TEXT NOT NULL,
  work_pool_id TEXT NOT NULL,
  name TEXT NOT NULL,
  id TEXT NOT NULL,
  last_heartbeat_at INTEGER NOT NULL,
  heartbeat_interval_seconds INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, work_pool_id, name),
  FOREIGN KEY (tenant_id, work_pool_id) REFERENCES work_pools (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE block_types (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  slug TEXT NOT NULL,
  logo_url TEXT,
  documentation_url TEXT,
  description TEXT,
  code_example TEXT,
  is_protected INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, slug)
) STRICT, WITHOUT ROWID;

CREATE TABLE block_schemas (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  block_type_id TEXT NOT NULL,
  checksum TEXT NOT NULL,
  fields TEXT NOT NULL,
  capabilities TEXT NOT NULL,
  version TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, checksum, version),
  FOREIGN KEY (tenant_id, block_type_id) REFERENCES block_types (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX block_schemas_by_type ON block_schemas (tenant_id, block_type_id);

CREATE TABLE block_schema_references (
  tenant_id TEXT NOT NULL,
  parent_id TEXT NOT NULL,
  name TEXT NOT NULL,
  reference_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, parent_id, name, reference_id),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES block_schemas (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, reference_id) REFERENCES block_schemas (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX block_schema_references_by_reference ON block_schema_references (tenant_id, reference_id);

CREATE TABLE block_documents (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  block_type_id TEXT NOT NULL,
  block_schema_id TEXT NOT NULL,
  name TEXT NOT NULL,
  is_anonymous INTEGER NOT NULL,
  data TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, block_type_id, name),
  FOREIGN KEY (tenant_id, block_type_id) REFERENCES block_types (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, block_schema_id) REFERENCES block_schemas (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX block_documents_by_schema ON block_documents (tenant_id, block_schema_id);

CREATE TABLE block_document_references (
  tenant_id TEXT NOT NULL,
  parent_id TEXT NOT NULL,
  name TEXT NOT NULL,
  reference_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, parent_id, name),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES block_documents (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, reference_id) REFERENCES block_documents (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX block_document_references_by_reference ON block_document_references (tenant_id, reference_id);

-- The standard block types and schemas (which are no rows of a tenant until it uses them) that the tenant deleted.
CREATE TABLE hidden_standard_blocks (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE deployments (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  flow_id TEXT NOT NULL,
  name TEXT NOT NULL,
  version TEXT,
  description TEXT,
  paused INTEGER NOT NULL,
  schedule TEXT,
  parameters TEXT NOT NULL,
  parameter_openapi_schema TEXT,
  enforce_parameter_schema INTEGER NOT NULL,
  tags TEXT NOT NULL,
  path TEXT,
  entrypoint TEXT,
  manifest_path TEXT,
  pull_steps TEXT,
  job_variables TEXT NOT NULL,
  work_queue_name TEXT,
  work_queue_id TEXT,
  storage_document_id TEXT,
  infrastructure_document_id TEXT,
  last_polled_at INTEGER,
  created_by TEXT,
  updated_by TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, flow_id, name),
  FOREIGN KEY (tenant_id, flow_id) REFERENCES flows (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, storage_document_id) REFERENCES block_documents (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, infrastructure_document_id) REFERENCES block_documents (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX deployments_by_name ON deployments (tenant_id, name);
CREATE INDEX deployments_by_queue ON deployments (tenant_id, work_queue_id) WHERE work_queue_id IS NOT NULL;
CREATE INDEX deployments_by_storage ON deployments (tenant_id, storage_document_id) WHERE storage_document_id IS NOT NULL;
CREATE INDEX deployments_by_infrastructure ON deployments (tenant_id, infrastructure_document_id) WHERE infrastructure_document_id IS NOT NULL;

-- `next_expand_at` is when the cron must look at the schedule again; null while nothing is to be expected of it.
CREATE TABLE deployment_schedules (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  deployment_id TEXT NOT NULL,
  schedule TEXT NOT NULL,
  active INTEGER NOT NULL,
  max_active_runs INTEGER,
  max_scheduled_runs INTEGER,
  catchup INTEGER NOT NULL,
  next_expand_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, deployment_id) REFERENCES deployments (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX deployment_schedules_by_deployment ON deployment_schedules (tenant_id, deployment_id);
CREATE INDEX deployment_schedules_to_expand ON deployment_schedules (next_expand_at) WHERE next_expand_at IS NOT NULL;

-- The current state is kept on the run, so that reading a run reads one row. Durations are microseconds.
CREATE TABLE flow_runs (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  flow_id TEXT NOT NULL,
  deployment_id TEXT,
  deployment_version TEXT,
  work_pool_id TEXT,
  work_queue_id TEXT,
  work_queue_name TEXT,
  flow_version TEXT,
  parameters TEXT NOT NULL,
  idempotency_key TEXT,
  context TEXT NOT NULL,
  policy TEXT NOT NULL,
  tags TEXT NOT NULL,
  parent_task_run_id TEXT,
  infrastructure_document_id TEXT,
  infrastructure_pid TEXT,
  job_variables TEXT,
  auto_scheduled INTEGER NOT NULL,
  created_by TEXT,
  run_count INTEGER NOT NULL,
  total_run_time INTEGER NOT NULL,
  expected_start_at INTEGER,
  next_scheduled_start_at INTEGER,
  started_at INTEGER,
  ended_at INTEGER,
  state_id TEXT,
  state_type TEXT,
  state_name TEXT,
  state_at INTEGER,
  state_message TEXT,
  state_details TEXT,
  state_artifact_id TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, flow_id, idempotency_key),
  FOREIGN KEY (tenant_id, flow_id) REFERENCES flows (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, infrastructure_document_id) REFERENCES block_documents (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX flow_runs_by_expected_start ON flow_runs (tenant_id, expected_start_at);
CREATE INDEX flow_runs_by_deployment ON flow_runs (tenant_id, deployment_id, expected_start_at) WHERE deployment_id IS NOT NULL;
CREATE INDEX flow_runs_by_infrastructure ON flow_runs (tenant_id, infrastructure_document_id) WHERE infrastructure_document_id IS NOT NULL;
CREATE INDEX flow_runs_by_parent ON flow_runs (tenant_id, parent_task_run_id) WHERE parent_task_run_id IS NOT NULL;
-- What a queue will hand out next, in its order; and what holds its slots.
CREATE INDEX flow_runs_to_lease ON flow_runs (tenant_id, work_queue_id, next_scheduled_start_at, id) WHERE state_type = 'SCHEDULED';
CREATE INDEX flow_runs_occupying ON flow_runs (tenant_id, work_queue_id) WHERE state_type IN ('PENDING', 'RUNNING', 'CANCELLING');
-- The two sweeps that look over all tenants: late runs and expired pauses.
CREATE INDEX flow_runs_to_mark_late ON flow_runs (next_scheduled_start_at) WHERE state_type = 'SCHEDULED' AND state_name = 'Scheduled';
CREATE INDEX flow_runs_paused ON flow_runs (state_at) WHERE state_type = 'PAUSED';

CREATE TABLE flow_run_states (
  tenant_id TEXT NOT NULL,
  flow_run_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  message TEXT,
  details TEXT NOT NULL,
  artifact_id TEXT,
  PRIMARY KEY (tenant_id, flow_run_id, at),
  FOREIGN KEY (tenant_id, flow_run_id) REFERENCES flow_runs (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX flow_run_states_by_id ON flow_run_states (tenant_id, id);

CREATE TABLE flow_run_inputs (
  tenant_id TEXT NOT NULL,
  flow_run_id TEXT NOT NULL,
  key TEXT NOT NULL,
  id TEXT NOT NULL,
  value TEXT NOT NULL,
  sender TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, flow_run_id, key),
  FOREIGN KEY (tenant_id, flow_run_id) REFERENCES flow_runs (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE task_runs (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  flow_run_id TEXT,
  name TEXT NOT NULL,
  task_key TEXT NOT NULL,
  dynamic_key TEXT NOT NULL,
  cache_key TEXT,
  cache_expires_at INTEGER,
  task_version TEXT,
  policy TEXT NOT NULL,
  tags TEXT NOT NULL,
  task_inputs TEXT NOT NULL,
  run_count INTEGER NOT NULL,
  flow_run_run_count INTEGER NOT NULL,
  total_run_time INTEGER NOT NULL,
  expected_start_at INTEGER,
  next_scheduled_start_at INTEGER,
  started_at INTEGER,
  ended_at INTEGER,
  state_id TEXT,
  state_type TEXT,
  state_name TEXT,
  state_at INTEGER,
  state_message TEXT,
  state_details TEXT,
  state_artifact_id TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, flow_run_id, task_key, dynamic_key),
  FOREIGN KEY (tenant_id, flow_run_id) REFERENCES flow_runs (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX task_runs_by_expected_start ON task_runs (tenant_id, expected_start_at);

CREATE TABLE task_run_states (
  tenant_id TEXT NOT NULL,
  task_run_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  message TEXT,
  details TEXT NOT NULL,
  artifact_id TEXT,
  PRIMARY KEY (tenant_id, task_run_id, at),
  FOREIGN KEY (tenant_id, task_run_id) REFERENCES task_runs (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX task_run_states_by_id ON task_run_states (tenant_id, id);

-- A cached task result: the newest unexpired row of a key is the one a task run is answered from.
CREATE TABLE task_run_caches (
  tenant_id TEXT NOT NULL,
  cache_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  expires_at INTEGER,
  task_run_id TEXT NOT NULL,
  state_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, cache_key, created_at, id)
) STRICT, WITHOUT ROWID;

-- `flow_run_id` is '' for a log of no flow run: a primary key takes no nulls.
CREATE TABLE logs (
  tenant_id TEXT NOT NULL,
  flow_run_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  id TEXT NOT NULL,
  task_run_id TEXT,
  name TEXT NOT NULL,
  level INTEGER NOT NULL,
  message TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, flow_run_id, at, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX logs_by_task_run ON logs (tenant_id, task_run_id, at) WHERE task_run_id IS NOT NULL;

CREATE TABLE artifacts (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  key TEXT,
  type TEXT,
  description TEXT,
  data TEXT,
  metadata TEXT,
  flow_run_id TEXT,
  task_run_id TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX artifacts_by_key ON artifacts (tenant_id, key, created_at) WHERE key IS NOT NULL;
CREATE INDEX artifacts_by_flow_run ON artifacts (tenant_id, flow_run_id) WHERE flow_run_id IS NOT NULL;
CREATE INDEX artifacts_by_task_run ON artifacts (tenant_id, task_run_id) WHERE task_run_id IS NOT NULL;

-- The newest artifact of each key, under an id of its own.
CREATE TABLE artifact_collections (
  tenant_id TEXT NOT NULL,
  key TEXT NOT NULL,
  id TEXT NOT NULL,
  latest_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE variables (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  tags TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE concurrency_limits (
  tenant_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  id TEXT NOT NULL,
  concurrency_limit INTEGER NOT NULL,
  active_slots TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, tag)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX concurrency_limits_by_id ON concurrency_limits (tenant_id, id);

CREATE TABLE global_concurrency_limits (
  tenant_id TEXT NOT NULL,
  name TEXT NOT NULL,
  id TEXT NOT NULL,
  active INTEGER NOT NULL,
  "limit" INTEGER NOT NULL,
  active_slots INTEGER NOT NULL,
  denied_slots INTEGER NOT NULL,
  slot_decay_per_second REAL NOT NULL,
  avg_slot_occupancy_seconds REAL NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, name)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX global_concurrency_limits_by_id ON global_concurrency_limits (tenant_id, id);

CREATE TABLE saved_searches (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  filters TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE flow_run_notification_policies (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  is_active INTEGER NOT NULL,
  state_names TEXT NOT NULL,
  tags TEXT NOT NULL,
  message_template TEXT,
  block_document_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, block_document_id) REFERENCES block_documents (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX flow_run_notification_policies_by_document ON flow_run_notification_policies (tenant_id, block_document_id);
