/** How many times as many random cases are tried: `npm run test:long` tries more. */
const TIMES = Number(process.env['RUNCHART_RUNS'] ?? 1);

/** How often a random test is tried when somebody waits for it, or as many times more often when nobody does. */
export function runs(count: number): number {
  return Math.ceil(count * TIMES);
}
