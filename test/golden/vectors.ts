import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Reads golden vectors, `name` without `.json`: from the folder in GOLDEN_DIR when that is set, else from `vectors/`. The file's shape is the caller's to know. */
export function readVectors<T>(name: string): T {
  return JSON.parse(readVectorsText(name));
}

/** The same as text, for vectors whose numbers must keep their spelling. */
export function readVectorsText(name: string): string {
  return readFileSync(join(process.env.GOLDEN_DIR ?? join(import.meta.dirname, "vectors"), `${name}.json`), "utf8");
}
