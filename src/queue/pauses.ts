import type { Micros } from "../domain/time.ts";

/** When the pauses of a queue's runs end, in the object's own SQLite. What is noted may be old: D1 says whether a run is paused. */
export class PauseIndex {
  private readonly sql: SqlStorage;
  private exists: boolean;

  constructor(sql: SqlStorage) {
    this.sql = sql;
    this.exists = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'pause'").toArray().length > 0;
  }

  /** Notes when a run's pause ends; the table is made on the first. */
  put(runId: string, until: Micros): void {
    if (!this.exists) this.sql.exec("CREATE TABLE pause (run_id TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID");
    this.exists = true;
    this.sql.exec("INSERT INTO pause VALUES (?1, ?2) ON CONFLICT (run_id) DO UPDATE SET until = excluded.until", runId, until);
  }

  /** When the next pause ends; null when none is noted. */
  next(): Micros | null {
    if (!this.exists) return null;
    const row = this.sql.exec("SELECT min(until) AS until FROM pause").one();
    return row.until === null ? null : Number(row.until);
  }

  /** The runs whose pause has ended. */
  ended(now: Micros, limit: number): string[] {
    if (!this.exists) return [];
    return this.sql
      .exec("SELECT run_id FROM pause WHERE until <= ?1 ORDER BY until LIMIT ?2", now, limit)
      .toArray()
      .map((row) => String(row.run_id));
  }

  /** Forgets a run's pause. */
  remove(runId: string): void {
    if (this.exists) this.sql.exec("DELETE FROM pause WHERE run_id = ?1", runId);
  }

  /** Nothing of the index is left: the object's storage was deleted. */
  vanished(): void {
    this.exists = false;
  }
}
