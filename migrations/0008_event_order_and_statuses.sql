-- Events are found by the resources they involve and by their id, and have a turn in which automations react to them; what was told
-- of statuses is remembered.

-- Every resource that an event involves. Without it each page about one resource would read all events of the tenant.
CREATE TABLE event_resources (
  tenant_id TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, resource_id, occurred_at, event_id)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO event_resources (tenant_id, resource_id, occurred_at, event_id)
SELECT tenant_id, resource_id, occurred_at, id FROM events
UNION ALL
SELECT tenant_id, one.value ->> '$."prefect.resource.id"', occurred_at, events.id FROM events, json_each(related) AS one;

-- An event is known by its id alone to those that follow it.
CREATE INDEX events_by_id ON events (tenant_id, id);

-- When automations had reacted to it; null while they have not, or need not.
ALTER TABLE events ADD COLUMN reacted_at INTEGER;

-- Events that wait for the one they follow to have had its turn, until they are due.
CREATE TABLE waiting_events (
  tenant_id TEXT NOT NULL,
  leader_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, leader_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_events_due ON waiting_events (due_at);

-- The last status of a work pool, a work queue or a deployment that an event told of.
CREATE TABLE told_statuses (
  tenant_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  status TEXT NOT NULL,
  event_id TEXT NOT NULL,
  told_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, kind, id)
) STRICT, WITHOUT ROWID;
-- Those that are ready are looked at every minute.
CREATE INDEX told_statuses_ready ON told_statuses (kind) WHERE status = 'READY';

CREATE TRIGGER work_pools_told AFTER DELETE ON work_pools BEGIN
  DELETE FROM told_statuses WHERE tenant_id = OLD.tenant_id AND kind = 'work-pool' AND id = OLD.id;
END;
CREATE TRIGGER work_queues_told AFTER DELETE ON work_queues BEGIN
  DELETE FROM told_statuses WHERE tenant_id = OLD.tenant_id AND kind = 'work-queue' AND id = OLD.id;
END;
CREATE TRIGGER deployments_told AFTER DELETE ON deployments BEGIN
  DELETE FROM told_statuses WHERE tenant_id = OLD.tenant_id AND kind = 'deployment' AND id = OLD.id;
END;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('event_resources', 'event_resources', '1000000 100000 100 10 1'),
  ('events', 'events_by_id', '1000000 100000 1'),
  ('waiting_events', 'waiting_events_due', '100000 10'),
  ('waiting_events', 'waiting_events', '100000 10000 10 1'),
  ('told_statuses', 'told_statuses_ready', '100000 10000'),
  ('told_statuses', 'told_statuses', '100000 10000 1000 1');
ANALYZE sqlite_schema;
