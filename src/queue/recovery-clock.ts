import { MICROS_PER_SECOND, type Micros } from "../domain/time.ts";
import type { PendingRecovery } from "../domain/work-pools/recovery.ts";

const TIMEOUT = "recoveryTimeoutSeconds";
const LOOK_AT = "recoverAt";

/**
 * When a queue's object must look for runs that were claimed and never began, kept over its sleep. It only says when: D1 says which
 * runs those are. A queue whose pool takes nothing back keeps nothing.
 */
export class RecoveryClock {
  private readonly kv: SyncKvStorage;
  private timeoutSeconds: number | null;
  private lookAt: Micros | null;

  constructor(kv: SyncKvStorage) {
    this.kv = kv;
    this.timeoutSeconds = kv.get<number>(TIMEOUT) ?? null;
    this.lookAt = kv.get<Micros>(LOOK_AT) ?? null;
  }

  /** Notes what D1 said: the pool's recovery, and since when the oldest PENDING run waits. */
  learn(recovery: PendingRecovery | null, oldestPendingAt: Micros | null): void {
    const timeoutSeconds = recovery?.timeoutSeconds ?? null;
    const isNew = timeoutSeconds !== this.timeoutSeconds;
    if (isNew) this.keep(TIMEOUT, timeoutSeconds);
    this.timeoutSeconds = timeoutSeconds;
    if (timeoutSeconds === null) this.lookAgainAt(null);
    // What was looked for already, and is waited for since its worker lives, is not looked for before its time.
    else if (oldestPendingAt !== null && (isNew || this.lookAt === null)) this.claimed(oldestPendingAt);
  }

  /** A run was claimed: it is to be looked for when it may be lost, unless another is before. */
  claimed(at: Micros): void {
    if (this.timeoutSeconds === null) return;
    const lostAt = at + this.timeoutSeconds * MICROS_PER_SECOND;
    if (this.lookAt === null || lostAt < this.lookAt) this.lookAgainAt(lostAt);
  }

  /** Whether it is time to look. */
  isDue(now: Micros): boolean {
    return this.lookAt !== null && this.lookAt <= now;
  }

  /** When to look; null while there is nothing to look for. */
  next(): Micros | null {
    return this.lookAt;
  }

  /** Notes when to look next. */
  lookAgainAt(at: Micros | null): void {
    if (at === this.lookAt) return;
    this.lookAt = at;
    this.keep(LOOK_AT, at);
  }

  /** The object's storage was deleted. */
  vanished(): void {
    this.timeoutSeconds = null;
    this.lookAt = null;
  }

  private keep(key: string, value: number | null): void {
    if (value === null) this.kv.delete(key);
    else this.kv.put(key, value);
  }
}
