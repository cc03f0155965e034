import { Refusal } from "../../domain/errors.ts";
import { GuardFailed } from "../../store/database.ts";

/** Each try reads anew, so only runs that others move without pause can fail so often. */
const TRIES = 5;

/**
 * Reads, decides and writes; when somebody else moved what was decided on in between, nothing was written and it is done
 * anew. Refuses (503) when that happens again and again: clients then repeat their call.
 */
export async function decideAgain<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof GuardFailed)) throw error;
    }
  }
  throw new Refusal("unavailable", "Service Unavailable", { envelope: "exception", retryAfterSeconds: 1 });
}
