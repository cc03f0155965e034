import { env } from "cloudflare:test";
import type { TenantId } from "../../src/domain/ids.ts";
import type { Turn } from "../../src/scheduler/shard.ts";
import { type Body, type Client, newTenant } from "./tenant.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const rows = async <T>(query: string, ...values: unknown[]): Promise<T[]> =>
  (
    await env.DB_0.prepare(query)
      .bind(...values)
      .all<T>()
  ).results;

export interface Run {
  id: string;
  deployment_id: string;
  idempotency_key: string;
  next_scheduled_start_at: number;
  state_name: string;
  state_type: string;
  parameters: string;
}

/** A tenant's runs as they are stored, the earliest first. */
export const runsOf = (me: Client, more = "") =>
  rows<Run>(`SELECT * FROM flow_runs WHERE tenant_id = ?1 ${more} ORDER BY next_scheduled_start_at, id`, me.workspaceId);

export interface Schedule {
  id: string;
  tenant_id: TenantId;
  deployment_id: string;
  next_expand_at: number | null;
  planned_until_at: number | null;
  updated_at: number;
  schedule: string;
}

/** A tenant's schedules as they are stored. */
export const schedulesOf = (me: Client) => rows<Schedule>("SELECT * FROM deployment_schedules WHERE tenant_id = ?1", me.workspaceId);

/** A turn of so many slices. */
export function turnOfSlices(now: number, slices = Number.POSITIVE_INFINITY): Turn {
  let left = slices;
  return {
    now,
    isOver: () => {
      left -= 1;
      return left < 0;
    },
  };
}

export async function oneDeployment(more: Body = {}): Promise<{ me: Client; flow: Body; id: string; path: string }> {
  const me = await newTenant();
  const flow = await me.must("POST", "/flows/", { name: "f" });
  const { id } = await me.must("POST", "/deployments/", { name: "d", flow_id: flow.id, ...more });
  return { me, flow, id, path: `/deployments/${id}` };
}

const columnsOf = async (table: string) =>
  (await rows<{ name: string }>("SELECT name FROM pragma_table_info(?1)", table)).map(({ name }) => name);

/** A new tenant with `count` deployments of one hourly schedule each, all of them due since `dueAt`, none with a run yet. */
export async function tenantWithDue(count: number, dueAt: number, more: Body = {}): Promise<Client> {
  const { me, id } = await oneDeployment({ schedule: { interval: 3600 }, ...more });
  const numbered = (column: string) => `substr(${column}, 1, 24) || printf('%012x', n.value)`;
  const clone = async (table: string, key: string, replaced: Record<string, string>) => {
    const columns = await columnsOf(table);
    const values = columns.map((column) => replaced[column] ?? `own.${column}`);
    await rows(
      `INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values.join(", ")} FROM ${table} AS own, json_each(?3) AS n WHERE own.tenant_id = ?1 AND own.${key} = ?2`,
      ...[me.workspaceId, id, JSON.stringify(Array.from({ length: count - 1 }, (_, index) => index + 1))],
    );
  };
  await clone("deployments", "id", { id: numbered("own.id"), name: "own.name || n.value" });
  await clone("deployment_schedules", "deployment_id", { id: numbered("own.id"), deployment_id: numbered("own.deployment_id") });
  await rows("DELETE FROM flow_runs WHERE tenant_id = ?1", me.workspaceId);
  await rows("UPDATE deployment_schedules SET next_expand_at = ?2 WHERE tenant_id = ?1", me.workspaceId, dueAt);
  return me;
}

/** How many of a tenant's schedules are due. */
export async function dueOf(me: Client, now = Date.now() * 1000): Promise<number> {
  return (await schedulesOf(me)).filter(({ next_expand_at }) => next_expand_at !== null && next_expand_at <= now).length;
}
