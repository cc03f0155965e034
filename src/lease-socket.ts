import { Refusal } from "./domain/errors.ts";
import { relayByKey } from "./keyed-socket.ts";
import { openLeases } from "./services/polls/lease-from-pool.ts";
import type { TenantContext } from "./tenancy/context.ts";
import { hashSecret } from "./tenancy/keys.ts";
import { errorResponse } from "./wire/prefect/errors.ts";

/** The sockets on which a pool's due runs are sent: `/work_pools/{name}/lease`, its queues named in the query. */

type Verify = (key: string) => Promise<TenantContext | null>;

/** The socket of a caller whose request names its key. Refuses (401) a key that is nobody's, and what `openLeases` refuses. */
export async function sendLeases(request: Request, poolName: string, verify: Verify): Promise<Response> {
  const key = /^Bearer\s+(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const { webSocket } = found(key === undefined ? undefined : await open(request, poolName, key, verify));
  return new Response(null, { status: 101, webSocket });
}

/** The socket of a caller that names its key in its first message. */
export function sendLeasesByKey(request: Request, poolName: string, verify: Verify): Response {
  return relayByKey(async (key) => {
    try {
      return await open(request, poolName, key, verify);
    } catch (error) {
      const refusal = errorResponse(error, null);
      if (!refusal) throw error;
      return refusal;
    }
  });
}

async function open(request: Request, poolName: string, key: string, verify: Verify): Promise<Response | undefined> {
  const tenant = await verify(key);
  if (!tenant) return undefined;
  const queueNames = new URL(request.url).searchParams.getAll("work_queue_names");
  return openLeases(tenant, poolName, queueNames, await hashSecret(key));
}

function found(response: Response | undefined): Response {
  if (!response) throw new Refusal("unauthorized", "Invalid API key.");
  return response;
}
