-- Events, automations and what their triggers have seen of the events.

CREATE TABLE events (
  tenant_id TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  event TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  resource TEXT NOT NULL,
  related TEXT NOT NULL,
  payload TEXT NOT NULL,
  follows TEXT,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, occurred_at, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE automations (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  "trigger" TEXT NOT NULL,
  actions TEXT NOT NULL,
  actions_on_trigger TEXT NOT NULL,
  actions_on_resolve TEXT NOT NULL,
  owner_resource TEXT,
  -- When a proactive trigger is to be looked at next; null when there is none.
  proactive_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX automations_proactive ON automations (proactive_at) WHERE proactive_at IS NOT NULL;

CREATE TABLE automation_buckets (
  tenant_id TEXT NOT NULL,
  automation_id TEXT NOT NULL,
  trigger_id TEXT NOT NULL,
  bucketing_key TEXT NOT NULL,
  start_at INTEGER NOT NULL,
  end_at INTEGER NOT NULL,
  count INTEGER NOT NULL,
  last_event TEXT,
  PRIMARY KEY (tenant_id, automation_id, trigger_id, bucketing_key),
  FOREIGN KEY (tenant_id, automation_id) REFERENCES automations (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Buckets whose time has passed are swept.
CREATE INDEX automation_buckets_by_end ON automation_buckets (end_at);

CREATE TABLE automation_firings (
  tenant_id TEXT NOT NULL,
  automation_id TEXT NOT NULL,
  parent_trigger_id TEXT NOT NULL,
  trigger_id TEXT NOT NULL,
  id TEXT NOT NULL,
  fired_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, automation_id, parent_trigger_id, trigger_id),
  FOREIGN KEY (tenant_id, automation_id) REFERENCES automations (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('events', 'events', '1000000 100000 10 1'),
  ('automations', 'automations_proactive', '100000 10'),
  ('automations', 'automations', '1000000 100000 1'),
  ('automation_buckets', 'automation_buckets_by_end', '1000000 100'),
  ('automation_buckets', 'automation_buckets', '1000000 100000 100 10 1'),
  ('automation_firings', 'automation_firings', '1000000 100000 100 10 1');
ANALYZE sqlite_schema;
