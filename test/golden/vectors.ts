import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Reads golden vectors, `name` without `.json`: from the folder in GOLDEN_DIR when that is set, else from `vectors/` here, else
 * from the shared folder beside the project. The file's shape is the caller's to know.
 */
export function readVectors<T>(name: string): T {
  return JSON.parse(readVectorsText(name));
}

/** The same as text, for vectors whose numbers must keep their spelling. */
export function readVectorsText(name: string): string {
  const file = `${name}.json`;
  const here = import.meta.dirname;
  const folders = process.env.GOLDEN_DIR ? [process.env.GOLDEN_DIR] : [join(here, "vectors"), join(here, "../../../shared/golden")];
  const folder = folders.find((candidate) => existsSync(join(candidate, file)));
  if (folder === undefined) throw new Error(`no ${file} in ${folders.join(" or ")}`);
  return readFileSync(join(folder, file), "utf8");
}
