import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { ServiceError } from "./service-error.mjs";

/**
 * Makes the data folder where it is missing and takes it for this process, waiting some seconds for one that is just stopping.
 * The lock is SQLite's own on an empty file: the system frees it however the process ends. Give it back with `close()`.
 */
export async function takeDataFolder(folder, waitMs = 5000) {
  const absolute = path.resolve(folder);
  try {
    mkdirSync(absolute, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ServiceError(`the data folder ${folder} cannot be made: ${error.message}`);
  }
  const end = Date.now() + waitMs;
  const lock = new DatabaseSync(path.join(absolute, "service.lock"));
  for (;;) {
    try {
      lock.exec("BEGIN EXCLUSIVE");
      return { path: absolute, close: () => lock.close() };
    } catch (error) {
      if (!/locked|busy/.test(error.message)) throw error;
      if (Date.now() > end)
        throw new ServiceError(`another process is using the data folder ${folder}. Stop it, or give this one its own with --persist-to.`);
    }
    await sleep(100);
  }
}

/** The key that encrypts secrets at rest, base64: made once, kept in the data folder for its owner alone. */
export function encryptionKeyOf(folder) {
  const file = path.join(folder, "secrets.json");
  try {
    return JSON.parse(readFileSync(file, "utf8")).ENCRYPTION_KEY;
  } catch (error) {
    if (error.code !== "ENOENT") throw new ServiceError(`${file} cannot be read: ${error.message}`);
  }
  const key = randomBytes(32).toString("base64");
  // Written aside first: a kill in the middle must not leave half a key.
  writeFileSync(`${file}.new`, `${JSON.stringify({ ENCRYPTION_KEY: key }, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  return key;
}
