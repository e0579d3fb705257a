/** Prints the histories of seeds, one after the other: what another process has to print as well. */
import { formatHistory, generatePlan, play } from '../../src/testing/simulation/index.ts';

for (const seed of process.argv.slice(2)) {
  process.stdout.write(formatHistory(await play(generatePlan(Number(seed)))));
}
