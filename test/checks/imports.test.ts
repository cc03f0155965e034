import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const SRC = path.resolve(import.meta.dirname, "../../src");

/** Which rooms a room may import from; "types" allows `import type` only. The Worker's own files (index, app) may import all. */
const MAY: Record<string, Record<string, "all" | "types">> = {
  domain: { domain: "all" },
  observe: { observe: "all" },
  store: { store: "all", domain: "all", observe: "types" },
  storage: { storage: "all", domain: "all", store: "all" },
  queue: { queue: "all", domain: "all", store: "all", observe: "all", env: "all" },
  services: { services: "all", domain: "all", store: "all", queue: "all", storage: "all", tenancy: "types", observe: "all" },
  scheduler: {
    scheduler: "all",
    services: "all",
    domain: "all",
    store: "all",
    storage: "all",
    tenancy: "all",
    observe: "all",
    env: "all",
    queue: "all",
  },
  tenancy: { tenancy: "all", domain: "all", store: "all", storage: "all", queue: "all", observe: "all", env: "all" },
  wire: { wire: "all", domain: "all", store: "types", tenancy: "types", services: "types", storage: "types" },
  routes: { routes: "all", wire: "all", services: "all", tenancy: "types", domain: "all", observe: "all" },
  ui: { ui: "all" },
  env: { queue: "types", scheduler: "types" },
};

/** Packages that only some rooms may use. */
const PACKAGES: Record<string, string[]> = {
  "drizzle-orm": ["store"],
  "cron-parser": ["domain"],
  rrule: ["domain"],
  "cloudflare:workers": ["queue", "scheduler"],
  hono: ["app", "routes"],
  "@hono/zod-openapi": ["wire", "routes"],
};

interface Import {
  file: string;
  room: string;
  target: string;
  typeOnly: boolean;
}

const imports: Import[] = globSync("**/*.ts", { cwd: SRC }).flatMap((file) => {
  const text = readFileSync(path.join(SRC, file), "utf8");
  const room = file.includes("/") ? (file.split("/")[0] ?? "") : file.replace(/\.ts$/, "");
  return [...text.matchAll(/^(?:import|export) (type )?[^;"]*?from "([^"]+)";|^import "([^"]+)";/gms)].map((match) => ({
    file,
    room,
    target: match[2] ?? match[3] ?? "",
    typeOnly: match[1] !== undefined || onlyTypes(match[0]),
  }));
});

/** `import { type A, type B } from …` imports types only. */
function onlyTypes(statement: string): boolean {
  const names = /\{([^}]*)\}/s.exec(statement)?.[1];
  return names?.split(",").every((name) => name.trim() === "" || name.trim().startsWith("type ")) ?? false;
}

function roomOf({ file, target }: Import): string {
  const resolved = path.relative(SRC, path.resolve(SRC, path.dirname(file), target));
  return resolved.includes("/") ? (resolved.split("/")[0] ?? "") : resolved.replace(/\.ts$/, "");
}

describe("the house's import rule", () => {
  it("sees the imports", () => expect(imports.length).toBeGreaterThan(50));

  it("lets each room import only from the rooms below it", () => {
    const broken = imports.filter((entry) => {
      const may = MAY[entry.room];
      if (!may || !entry.target.startsWith(".")) return false;
      const allowed = may[roomOf(entry)];
      return allowed === undefined || (allowed === "types" && !entry.typeOnly);
    });
    expect(broken.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });

  it("keeps packages in the rooms they are for", () => {
    const broken = imports.filter(({ target, room, typeOnly }) => {
      const rooms = Object.entries(PACKAGES).find(([name]) => target === name || target.startsWith(`${name}/`))?.[1];
      return rooms !== undefined && !rooms.includes(room) && !typeOnly;
    });
    expect(broken.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });
});
