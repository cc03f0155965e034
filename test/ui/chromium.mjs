// Where this machine's Chromium is. As a program, prints the path; ends with 1 where there is none.
import { accessSync, constants } from "node:fs";
import path from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of CHROMIUM, or else of the first that stands on PATH; undefined where there is none. */
export function findChromium({ CHROMIUM, PATH = "" } = process.env) {
  const places = NAMES.flatMap((name) => PATH.split(path.delimiter).map((folder) => path.join(folder, name)));
  return (CHROMIUM ? [CHROMIUM] : places).find(isExecutable);
}

if (process.argv[1] === import.meta.filename) {
  const found = findChromium();
  if (found) console.log(found);
  process.exitCode = found ? 0 : 1;
}
