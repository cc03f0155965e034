/** The tables as drizzle sees them. The truth is `migrations/`; a test holds the two together. */

export * from "./tables/blocks.ts";
export * from "./tables/deployments.ts";
export * from "./tables/directory.ts";
export * from "./tables/events.ts";
export * from "./tables/follow-ups.ts";
export * from "./tables/records.ts";
export * from "./tables/runs.ts";
export * from "./tables/sessions.ts";
export * from "./tables/storage.ts";
export * from "./tables/work.ts";
