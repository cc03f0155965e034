import type { EventStreamObject } from "./queue/event-stream.ts";
import type { LeasingPool } from "./queue/leasing-pool.ts";
import type { QueueObject } from "./queue/work-queue.ts";
import type { Backlog } from "./scheduler/backlog.ts";

/** The Worker's bindings, as wrangler.toml and the start script give them. */
export interface Env {
  DB_0: D1Database;
  STORAGE: R2Bucket;
  WORK_QUEUE: DurableObjectNamespace<QueueObject>;
  WORK_POOL: DurableObjectNamespace<LeasingPool>;
  EVENT_STREAM: DurableObjectNamespace<EventStreamObject>;
  BACKLOG: DurableObjectNamespace<Backlog>;
  /** 32 random bytes in base64: the key under which block secrets are encrypted. */
  ENCRYPTION_KEY: string;
  /** The address people use, without a final slash; the request's own origin when empty. */
  PUBLIC_URL?: string;
  /** The address of the tenants' files, where it is not the service's own with /s3. */
  STORAGE_URL?: string;
  /** How long a run handed to one caller is hidden from others, seconds; 0 hides nothing. */
  LEASE_SECONDS: string;
  /** `off` stops what happens by itself: expansion, late marking, expiry. */
  BACKGROUND_WORK: string;
  /** `on` keeps events and runs automations; `off`, the default, answers as a Prefect server that has them disabled. */
  EVENTS?: string;
  /** How many D1 queries an invocation may make: the plan's limit. */
  D1_QUERIES?: string;
  /** What a tenant's files may take, in bytes and in objects, and the bytes of one object. */
  STORAGE_BYTES?: string;
  STORAGE_OBJECTS?: string;
  STORAGE_OBJECT_BYTES?: string;
}

export interface Config {
  encryptionKey: Uint8Array<ArrayBuffer>;
  publicUrl: string | null;
  storageUrl: string | null;
  leaseSeconds: number;
  backgroundWork: boolean;
  events: boolean;
  d1Queries: number;
  storageLimits: { bytes: number; objects: number; objectBytes: number };
}

const parsed = new WeakMap<object, Config>();

/** The configuration, parsed once an isolate. Throws when something is missing or makes no sense: the service must not run on a guess. */
export function configOf(env: Env): Config {
  let config = parsed.get(env);
  if (!config) {
    config = parse(env);
    parsed.set(env, config);
  }
  return config;
}

function parse(env: Env): Config {
  const encryptionKey = Uint8Array.from(atob(env.ENCRYPTION_KEY ?? ""), (c) => c.charCodeAt(0));
  if (encryptionKey.length !== 32) throw new Error("ENCRYPTION_KEY must be 32 bytes in base64");
  const leaseSeconds = Number(env.LEASE_SECONDS ?? "15");
  if (!(leaseSeconds >= 0 && leaseSeconds <= 3600)) throw new Error("LEASE_SECONDS must be a number from 0 to 3600");
  const background = env.BACKGROUND_WORK ?? "on";
  if (background !== "on" && background !== "off") throw new Error("BACKGROUND_WORK must be on or off");
  const events = env.EVENTS ?? "off";
  if (events !== "on" && events !== "off") throw new Error("EVENTS must be on or off");
  const d1Queries = Number(env.D1_QUERIES ?? "1000");
  if (!(d1Queries >= 1)) throw new Error("D1_QUERIES must be a number from 1");
  return {
    encryptionKey,
    publicUrl: env.PUBLIC_URL ? env.PUBLIC_URL.replace(/\/$/, "") : null,
    storageUrl: env.STORAGE_URL || null,
    leaseSeconds,
    backgroundWork: background === "on",
    events: events === "on",
    d1Queries,
    storageLimits: {
      bytes: wholeNumber("STORAGE_BYTES", env.STORAGE_BYTES ?? String(10 * 1024 ** 3)),
      objects: wholeNumber("STORAGE_OBJECTS", env.STORAGE_OBJECTS ?? "100000"),
      objectBytes: wholeNumber("STORAGE_OBJECT_BYTES", env.STORAGE_OBJECT_BYTES ?? String(5 * 1024 ** 3)),
    },
  };
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`${name} must be a whole number`);
  return Number(text);
}

/** The D1 databases by shard number: bindings `DB_0`, `DB_1`, … Throws for a shard that is not bound. */
export function databaseOf(env: Env, shard: number): D1Database {
  const binding = (env as unknown as Record<string, D1Database | undefined>)[`DB_${shard}`];
  if (!binding) throw new Error(`no database is bound for shard ${shard}`);
  return binding;
}
