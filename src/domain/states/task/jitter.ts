/** The largest exponent at which 2^k is worth computing; beyond it the lower bound is nothing. */
const NO_LOWER_BOUND = 50;

const share = (multiple: number) => 1 - Math.exp(-multiple);

/**
 * A random delay around `averageSeconds`: drawn from an exponential distribution cut off at `1 + factor` times the average,
 * and below where that leaves the median in place. `factor` is above zero, `random` uniform in [0, 1)
 * (Prefect utilities/math.py: clamped_poisson_interval).
 */
export function jitteredDelay(averageSeconds: number, factor: number, random: () => number): number {
  const upperMultiple = 1 + factor;
  const lowerMultiple = upperMultiple >= NO_LOWER_BOUND ? 0 : Math.log2(2 ** upperMultiple / (2 ** upperMultiple - 1));
  const [lower, upper] = [share(lowerMultiple), share(upperMultiple)];
  return -Math.log(Math.max(1 - (lower + (upper - lower) * random()), 1e-10)) * averageSeconds;
}
