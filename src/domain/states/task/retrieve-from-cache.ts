import { ANY, only, PASS, reject, type TaskRule } from "../rule.ts";

/** A task run whose result is cached under its key need not run (Prefect `CacheRetrieval`). */
export const retrieveFromCache: TaskRule = {
  from: ANY,
  to: only("RUNNING"),
  decide: ({ proposed, cached }) =>
    proposed.details.cacheKey && !proposed.details.refreshCache && cached !== null
      ? reject({ ...cached, name: "Cached" }, "Retrieved state from cache")
      : PASS,
};
