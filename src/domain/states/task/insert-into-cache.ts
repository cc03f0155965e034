import { ANY, only, PASS, type TaskRule } from "../rule.ts";

/** A completed state with a cache key can be had again under that key (Prefect `CacheInsertion`). */
export const insertIntoCache: TaskRule = {
  from: ANY,
  to: only("COMPLETED"),
  after: ({ written }) => {
    if (!written?.details.cacheKey) return PASS;
    const { cacheKey, cacheExpiration } = written.details;
    return { effects: { cacheEntry: { cacheKey, cacheExpiration, stateId: written.id } } };
  },
};
