import { expect } from "vitest";

/** As long as any due run may take from its time to its caller, milliseconds: the machine may be busy. */
export const PROMPT = 500;

/** What half of them take where nothing else is busy. */
const PROMPT_MEDIAN = 100;
const ROUNDS = 3;
const DELIVERIES = 9;

/**
 * Holds deliveries, each given by its delay in milliseconds, to what is promised: none comes early, half of them come at once. What
 * else the machine does can only slow them down, so that one of some rounds shows it.
 */
export async function expectPrompt(deliver: () => Promise<number>): Promise<void> {
  const medians: number[] = [];
  while (medians.length < ROUNDS && !medians.some((median) => median < PROMPT_MEDIAN)) {
    const delays: number[] = [];
    for (let turn = 0; turn < DELIVERIES; turn += 1) delays.push(await deliver());
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays)).toBeLessThan(PROMPT);
    medians.push(delays.toSorted((a, b) => a - b)[(DELIVERIES - 1) / 2] ?? PROMPT);
  }
  expect(Math.min(...medians)).toBeLessThan(PROMPT_MEDIAN);
}
