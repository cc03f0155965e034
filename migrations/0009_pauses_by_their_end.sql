-- Paused runs by when their pause ends: the sweep over all tenants looks at those alone whose time has passed.
DROP INDEX flow_runs_paused;
CREATE INDEX flow_runs_paused ON flow_runs (json_extract(state_details, '$.pauseTimeout')) WHERE state_type = 'PAUSED';

DELETE FROM sqlite_stat1 WHERE idx = 'flow_runs_paused';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('flow_runs', 'flow_runs_paused', '100000 10');
ANALYZE sqlite_schema;
