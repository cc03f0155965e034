import { env } from "cloudflare:test";
import { sampleEachBatch } from "./faults.ts";
import { rows } from "./planned.ts";
import { as, queueWorld } from "./queue-world.ts";
import type { Answer, Body, Client } from "./tenant.ts";

export const LEASE_MILLIS = 15_000;
export const QUEUES = ["q0", "q1"] as const;
/** How far ahead agents look. */
const PREFETCH_MILLIS = 10_000;

interface Run {
  id: string;
  queue: string;
  state: string;
  at: number;
  /** How many states it had, but for Late ones, which change nothing: a lease is of one of them. */
  version: number;
}

/** A run as a poll shows it, in one of its states. */
export interface Handed {
  id: string;
  stateId: string;
}

interface Place {
  name: string;
  paused: number;
  limit: number | null;
  priority: number;
  held: number;
}

/** Who holds a run until when, by the answers that polls got. */
interface Lease {
  agent: string;
  until: number;
  version: number;
}

const isAscending = (runs: readonly Run[]) => runs.every((run, index) => index === 0 || byTime(runs[index - 1] ?? run, run) < 0);
/** The order in which a queue hands runs out. */
const byTime = (a: Run, b: Run) => a.at - b.at || (a.id < b.id ? -1 : 1);

export interface Poll {
  agent: string;
  way: "pool" | "queue" | "narrow";
  queue: number;
  limit: number;
}

interface Truth {
  runs: Map<string, Run>;
  /** How many states a run had, as `version` counts them, by the last of them. */
  versions: Map<string, number>;
  pool: Place;
  queues: Place[];
}

const HELD = "r.state_type IN ('PENDING', 'RUNNING')";

/** What D1 has: a row for each queue and one for the pool, its `priority` -1. */
const PLACES = `SELECT p.name, p.is_paused AS paused, p.concurrency_limit AS "limit", -1 AS priority, (SELECT count(*) FROM flow_runs r
    JOIN work_queues q ON q.tenant_id = r.tenant_id AND q.id = r.work_queue_id WHERE r.tenant_id = p.tenant_id AND q.work_pool_id = p.id AND ${HELD}) AS held
    FROM work_pools p WHERE p.tenant_id = ?1 AND p.name = 'p'
  UNION ALL SELECT q.name, q.is_paused, q.concurrency_limit, q.priority, (SELECT count(*) FROM flow_runs r WHERE r.tenant_id = q.tenant_id AND r.work_queue_id = q.id AND ${HELD})
    FROM work_queues q JOIN work_pools p ON p.tenant_id = q.tenant_id AND p.id = q.work_pool_id WHERE q.tenant_id = ?1 AND p.name = 'p'
  ORDER BY priority`;

const RUNS = `SELECT r.id, q.name AS queue, r.state_type AS state, r.next_scheduled_start_at AS at,
    (SELECT count(*) FROM flow_run_states s WHERE s.tenant_id = r.tenant_id AND s.flow_run_id = r.id AND s.name <> 'Late') AS version
  FROM flow_runs r JOIN work_queues q ON q.tenant_id = r.tenant_id AND q.id = r.work_queue_id WHERE r.tenant_id = ?1`;

const STATES = "SELECT id, flow_run_id AS run, name FROM flow_run_states WHERE tenant_id = ?1 ORDER BY flow_run_id, at, id";

/**
 * A pool with two queues, what was seen of it from outside, and the plain model that says what may be seen. `faults` gathers what
 * contradicts it.
 */
export class LeaseWorld {
  readonly me: Client;
  readonly deployments: Body[];
  readonly faults: string[] = [];
  /** All runs that were ever made, and by agent those that it was handed and has not tried to claim. */
  readonly made: string[] = [];
  readonly handed = new Map<string, string[]>();
  private readonly leases = new Map<string, Lease>();
  private readonly failedPolls = new Map<string, number>();
  private readonly claims = new Map<string, number>();
  /** False while a queue may know less than D1 has, or an agent holds what it was not told of. */
  private isSure = true;

  private constructor(me: Client, deployments: Body[]) {
    this.me = me;
    this.deployments = deployments;
  }

  static async make(): Promise<LeaseWorld> {
    const { me, deploy } = await queueWorld();
    const world = new LeaseWorld(me, [await deploy("d0", "q0"), await deploy("d1", "q1")]);
    let before = new Map<string, number>();
    sampleEachBatch<Place>(env.DB_0.prepare(PLACES).bind(me.workspaceId), (places) => {
      for (const { name, limit, held } of places) {
        if (limit !== null && held > limit && held > (before.get(name) ?? 0)) world.faults.push(`${name} holds ${held} of ${limit}`);
      }
      before = new Map(places.map(({ name, held }) => [name, held]));
    });
    return world;
  }

  /** Something was lost, or failed in the middle: the model knows less until the world is healed. */
  unsure(): void {
    this.isSure = false;
  }

  /** A reconcile period has passed, in which every lease ended, and the objects compared themselves with D1. */
  healed(): void {
    this.isSure = true;
  }

  async truth(): Promise<Truth> {
    const { workspaceId } = this.me;
    const [places, runs, states] = await Promise.all([
      rows<Place>(PLACES, workspaceId),
      rows<Run>(RUNS, workspaceId),
      rows<{ id: string; run: string; name: string }>(STATES, workspaceId),
    ]);
    const versions = new Map<string, number>();
    for (const list of Map.groupBy(states, ({ run }) => run).values()) {
      let version = 0;
      for (const { id, name } of list) {
        if (name !== "Late") version += 1;
        versions.set(id, version);
      }
    }
    const [pool, ...queues] = places;
    if (!pool) throw new Error("no pool");
    return { pool, queues, versions, runs: new Map(runs.map((run) => [run.id, run])) };
  }

  /** Asks as an agent does; gives the runs handed out, null when it failed. */
  async ask({ agent, way, queue, limit }: Poll): Promise<Handed[] | null> {
    const body = { limit, scheduled_before: new Date(Date.now() + PREFETCH_MILLIS).toISOString() };
    const { id } = (
      await rows<{ id: string }>("SELECT id FROM work_queues WHERE tenant_id = ?1 AND name = ?2", this.me.workspaceId, `q${queue}`)
    )[0] ?? { id: "" };
    const answer: Answer =
      way === "queue"
        ? await this.me.post(`/work_queues/${id}/get_runs`, body, as(agent))
        : await this.me.post(
            "/work_pools/p/get_scheduled_flow_runs",
            way === "pool" ? body : { ...body, work_queue_names: [`q${queue}`] },
            as(agent),
          );
    if (answer.status === 503 && answer.headers.get("retry-after") !== null) {
      this.failedPolls.set(agent, Date.now());
      this.unsure();
      return null;
    }
    if (answer.status !== 200) this.faults.push(`a poll answered ${answer.status}`);
    return answer.body.map((item: Body) => item.flow_run ?? item).map((run: Body) => ({ id: run.id, stateId: run.state_id }));
  }

  /** Holds an answer to the model. `alone`: nothing else happened meanwhile, so that it is known exactly. */
  check(poll: Poll, handed: Handed[], before: Truth, after: Truth, alone: boolean): void {
    const now = Date.now();
    const ids = handed.map(({ id }) => id);
    // The state that was handed out is in one of the two, unless the run was deleted meanwhile.
    const versionOf = ({ id, stateId }: Handed) =>
      after.versions.get(stateId) ?? before.versions.get(stateId) ?? after.runs.get(id)?.version ?? 0;
    this.handed.set(poll.agent, ids);
    if (new Set(ids).size !== ids.length || ids.length > poll.limit) this.faults.push(`${poll.agent} was handed ${ids}`);
    for (const each of handed) {
      const { id } = each;
      const was = before.runs.get(id);
      const isDue = was?.state === "SCHEDULED" && was.at <= (now + PREFETCH_MILLIS) * 1000;
      if (alone && !isDue) this.faults.push(`${id} was handed out, ${was?.state} at ${was?.at}`);
      const lease = this.leases.get(id);
      const isHeld = lease && lease.agent !== poll.agent && lease.until > now && lease.version === versionOf(each);
      if (isHeld) this.faults.push(`${id} was handed to ${poll.agent} while ${lease.agent} holds it`);
    }
    if (alone) {
      const expected = this.expected(poll, before);
      // What was lost may have been of the queues' priorities, so that only the order within each is known for sure.
      const queueOf = (id: string) => before.runs.get(id)?.queue;
      const isInOrder = QUEUES.every((name) =>
        isAscending(ids.filter((id) => queueOf(id) === name).flatMap((id) => before.runs.get(id) ?? [])),
      );
      if (this.isSure) {
        const isExact =
          ids.every((id, index) => id === expected.order[index]) && ids.length >= expected.least && ids.length <= expected.most;
        if (!isExact)
          this.faults.push(`${JSON.stringify(poll)} was handed ${ids} of ${expected.order}, ${expected.least} to ${expected.most}`);
      } else if (!isInOrder) this.faults.push(`${ids} are out of order`);
    }
    for (const each of handed) this.noteLease(each.id, poll.agent, versionOf(each), now);
  }

  private noteLease(id: string, agent: string, version: number, now: number): void {
    const lease = this.leases.get(id);
    // Of two that were handed it in one step, one before and one after it was scheduled anew, the latter has it.
    if (lease && lease.version > version) return;
    if (lease && lease.agent === agent && lease.until > now && lease.version === version) return;
    // An answer that was lost may have begun the lease earlier.
    const failedAt = this.failedPolls.get(agent) ?? Number.NEGATIVE_INFINITY;
    const since = now - failedAt < LEASE_MILLIS ? failedAt : now;
    this.leases.set(id, { agent, until: since + LEASE_MILLIS, version });
  }

  /** The ids that a poll is handed the first of, in order, and how many at least and at most. */
  private expected({ agent, way, queue, limit }: Poll, { pool, queues, runs }: Truth): { order: string[]; least: number; most: number } {
    const now = Date.now();
    const isLive = (id: string) => {
      const lease = this.leases.get(id);
      return lease !== undefined && lease.until > now && lease.version === runs.get(id)?.version;
    };
    const others = (name: string) =>
      [...runs.values()].filter(
        (run) => run.queue === name && run.state === "SCHEDULED" && isLive(run.id) && this.leases.get(run.id)?.agent !== agent,
      ).length;
    const asked = queues.filter(({ name, paused, limit: most }) => (way === "pool" || name === `q${queue}`) && !paused && most !== 0);
    const order = asked.flatMap((place) => {
      const due = [...runs.values()].filter(
        (run) => run.queue === place.name && run.state === "SCHEDULED" && run.at <= (now + PREFETCH_MILLIS) * 1000,
      );
      const free = due.filter(({ id }) => !isLive(id) || this.leases.get(id)?.agent === agent);
      free.sort(byTime);
      const slots = place.limit === null ? free.length : Math.max(0, place.limit - place.held - others(place.name));
      return free.slice(0, slots).map(({ id }) => id);
    });
    const all = Math.min(limit, order.length);
    if (way === "queue" || pool.limit === null)
      return way !== "queue" && pool.paused ? { order, least: 0, most: 0 } : { order, least: all, most: all };
    if (pool.paused) return { order, least: 0, most: 0 };
    // Leases of queues that need not be asked may count or not.
    const sum = (places: Place[]) => places.reduce((total, { name }) => total + others(name), 0);
    const room = Math.max(0, pool.limit - pool.held);
    return { order, least: Math.min(all, Math.max(0, room - sum(queues))), most: Math.min(all, room) };
  }

  /** Claims a run as an agent does. */
  async claim(agent: string, id: string): Promise<void> {
    const answer = await this.me.post(`/flow_runs/${id}/set_state`, { state: { type: "PENDING" } }, as(agent));
    if (answer.body?.status === "ACCEPT") this.claims.set(id, (this.claims.get(id) ?? 0) + 1);
    else if (answer.status >= 400 && answer.status !== 404 && answer.status !== 503) this.faults.push(`a claim answered ${answer.status}`);
  }

  /** That each run was claimed once for each time it was scheduled, and no claim was accepted that did not happen. */
  async checkClaims(): Promise<void> {
    const states = await rows<{ id: string; type: string }>(
      "SELECT flow_run_id AS id, type FROM flow_run_states WHERE tenant_id = ?1 ORDER BY flow_run_id, at",
      this.me.workspaceId,
    );
    for (const [id, list] of Map.groupBy(states, (state) => state.id)) {
      const types = list.map(({ type }) => type);
      const pending = types.filter((type) => type === "PENDING").length;
      if (types.some((type, index) => type === "PENDING" && types[index - 1] !== "SCHEDULED")) this.faults.push(`${id} went ${types}`);
      if ((this.claims.get(id) ?? 0) > pending) this.faults.push(`${id} was claimed ${this.claims.get(id)} times, and went ${types}`);
    }
  }
}
