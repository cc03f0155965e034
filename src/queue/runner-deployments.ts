/** How long it is believed where a deployment's runs are. */
const BELIEVED_MILLIS = 30_000;
/** A poll of a deployment is noted in D1 once in this time. */
const NOTE_POLLED_MILLIS = 60_000;
/** Deployments that are remembered; more are asked for again. */
const MOST = 10_000;

/** What is remembered of the deployments that runners poll: the queues their runs are in, and when a poll of them was last noted. */
export class RunnerDeployments {
  private readonly places = new Map<string, { queueIds: string[]; readAt: number }>();
  private readonly notedAt = new Map<string, number>();

  /** Those that nothing is known of, and those of which it was read long ago. */
  toRead(ids: readonly string[], now: number): { unknown: string[]; old: string[] } {
    const isOld = (id: string) => now - (this.places.get(id)?.readAt ?? now) > BELIEVED_MILLIS;
    return { unknown: ids.filter((id) => !this.places.has(id)), old: ids.filter(isOld) };
  }

  /** Notes what D1 said of them. */
  learn(ids: readonly string[], found: readonly { deploymentId: string; queueId: string }[], readAt: number): void {
    if (this.places.size > MOST) this.places.clear();
    const byDeployment = Map.groupBy(found, ({ deploymentId }) => deploymentId);
    for (const id of ids) this.places.set(id, { queueIds: (byDeployment.get(id) ?? []).map(({ queueId }) => queueId), readAt });
  }

  /** The queues in which runs of them may be. */
  queuesOf(ids: readonly string[]): string[] {
    return [...new Set(ids.flatMap((id) => this.places.get(id)?.queueIds ?? []))];
  }

  /** Deployments moved: where their runs are is asked for again. */
  moved(): void {
    this.places.clear();
  }

  /** Whether a poll of them is to be noted now; if so it counts as noted. */
  notePolled(ids: readonly string[], now: number): boolean {
    if (!ids.some((id) => now - (this.notedAt.get(id) ?? 0) >= NOTE_POLLED_MILLIS)) return false;
    if (this.notedAt.size > MOST) this.notedAt.clear();
    for (const id of ids) this.notedAt.set(id, now);
    return true;
  }
}
