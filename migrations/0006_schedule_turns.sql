-- How many of the occurrences that passed while nothing made runs become runs (all, latest, none), and the time up to which every
-- occurrence had its turn: what lies between it and now was missed.
ALTER TABLE deployment_schedules ADD COLUMN catchup_policy TEXT NOT NULL DEFAULT 'none';
ALTER TABLE deployment_schedules ADD COLUMN planned_until_at INTEGER;

-- Tenants take turns at having their schedules expanded, so that one with many due keeps no other waiting.
-- `due_at` is never later than the tenant's first `next_expand_at`, but for one that had its turn and has more to do: then it is the
-- time of that turn, behind all who waited longer. Null when nothing is to be looked at.
CREATE TABLE expansion_turns (
  tenant_id TEXT PRIMARY KEY,
  due_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX expansion_turns_by_due ON expansion_turns (due_at) WHERE due_at IS NOT NULL;

DROP INDEX deployment_schedules_to_expand;
CREATE INDEX deployment_schedules_to_expand ON deployment_schedules (tenant_id, next_expand_at) WHERE next_expand_at IS NOT NULL;

-- Whoever wants a schedule looked at earlier than anything of its tenant moves the tenant's turn forward.
CREATE TRIGGER deployment_schedules_insert_turn AFTER INSERT ON deployment_schedules WHEN new.next_expand_at IS NOT NULL
BEGIN
  INSERT INTO expansion_turns (tenant_id, due_at) VALUES (new.tenant_id, new.next_expand_at)
    ON CONFLICT (tenant_id) DO UPDATE SET due_at = excluded.due_at WHERE due_at IS NULL OR due_at > excluded.due_at;
END;
CREATE TRIGGER deployment_schedules_update_turn AFTER UPDATE OF next_expand_at ON deployment_schedules WHEN new.next_expand_at IS NOT NULL
BEGIN
  INSERT INTO expansion_turns (tenant_id, due_at) VALUES (new.tenant_id, new.next_expand_at)
    ON CONFLICT (tenant_id) DO UPDATE SET due_at = excluded.due_at WHERE due_at IS NULL OR due_at > excluded.due_at;
END;

INSERT INTO expansion_turns (tenant_id, due_at)
  SELECT tenant_id, min(next_expand_at) FROM deployment_schedules WHERE next_expand_at IS NOT NULL GROUP BY tenant_id;

ANALYZE sqlite_schema;
DELETE FROM sqlite_stat1 WHERE idx = 'deployment_schedules_to_expand';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('deployment_schedules', 'deployment_schedules_to_expand', '1000000 100000 10'),
  ('expansion_turns', 'expansion_turns', '100000 1'),
  ('expansion_turns', 'expansion_turns_by_due', '100000 10');
ANALYZE sqlite_schema;
