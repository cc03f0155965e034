import { type TenantId, uuid7 } from "../domain/ids.ts";
import type { Provenance } from "../domain/provenance.ts";
import type { Micros } from "../domain/time.ts";
import { type Config, configOf, databaseOf, type Env } from "../env.ts";
import type { Meter } from "../observe/meter.ts";
import { EventStreams } from "../queue/event-streams.ts";
import { Queues } from "../queue/stub.ts";
import { Bodies } from "../storage/bodies.ts";
import { StoredFiles } from "../storage/stored-files.ts";
import { Database } from "../store/database.ts";
import { forget } from "./authenticate.ts";
import { newApiKey } from "./keys.ts";
import { forgetStorageKey } from "./storage-keys.ts";

/** Who asks, as far as leases and bookkeeping care. */
export interface Caller {
  /** Tells callers apart: key, client address, user agent. */
  id: string;
  /** `X-PREFECT-API-VERSION`, or the newest when none was sent. */
  apiVersion: string;
  /** The web page only looks: its polls lease nothing and count as no poll. */
  isPage: boolean;
  /** From an automation's headers. */
  provenance: Provenance | null;
}

/** All that a service verb may use: one tenant's database, queues and files, and the clock. Nothing below takes a raw binding. */
export interface TenantContext {
  readonly tenantId: TenantId;
  readonly db: Database;
  /** Where keys and workspaces are, whatever shard the tenant is on. */
  readonly directory: Database;
  readonly queues: Queues;
  readonly bodies: Bodies;
  readonly files: StoredFiles;
  readonly config: Config;
  readonly caller: Caller;
  readonly meter: Meter;
  readonly events: EventStreams;
  /** How many more automations may be set off by what an automation does here; null when none is at work. */
  readonly setOff: { left: number } | null;
  /** Now, in microseconds; never the same twice in an isolate. */
  now(): Micros;
  /** A fresh UUIDv7. */
  newId(): string;
  /** A new API key and the hash that is stored of it. */
  newApiKey(): Promise<{ secret: string; hash: string }>;
  /** Makes this isolate ask again for a key of the file storage. */
  forgetStorageKey(accessKeyId: string): void;
  /** Makes this isolate ask again for an API key, known by its hash. */
  forgetApiKey(hash: string): void;
  /** Lets work go on after the answer. Failures are logged by the runner. */
  afterwards(work: Promise<unknown>): void;
}

export interface Identity {
  tenantId: TenantId;
  shard: number;
}

/** Makes the context of one request or one piece of background work. */
export function tenantContext(
  env: Env,
  identity: Identity,
  caller: Caller,
  meter: Meter,
  afterwards: (work: Promise<unknown>) => void,
): TenantContext {
  return {
    tenantId: identity.tenantId,
    db: new Database(databaseOf(env, identity.shard), meter),
    directory: new Database(databaseOf(env, 0), meter),
    queues: new Queues(env, identity, meter),
    bodies: new Bodies(env.STORAGE, identity.tenantId),
    files: new StoredFiles(env.STORAGE, identity.tenantId),
    config: configOf(env),
    caller,
    meter,
    events: new EventStreams(env, identity, meter),
    setOff: null,
    now,
    newId,
    newApiKey,
    forgetStorageKey,
    forgetApiKey: (hash) => forget("key", hash),
    afterwards,
  };
}

/** The caller that the service itself is, in background work. */
export const SERVICE_CALLER: Caller = { id: "service", apiVersion: "0.8.4", isPage: false, provenance: null };

let last = 0;

/** Now in microseconds. The platform's clock has milliseconds; equal readings are moved on by one, since a run's states need distinct times. */
export function now(): Micros {
  last = Math.max(last + 1, Date.now() * 1000);
  return last;
}

/** A fresh UUIDv7. */
export function newId(): string {
  return uuid7(Date.now(), crypto.getRandomValues(new Uint8Array(10)));
}
