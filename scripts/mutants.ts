/** Prints every mutant of the run chart and the check that finds it out: `node scripts/mutants.ts`. */
import { chartMutants, EQUIVALENT, killerOf } from '../test/support/chart-mutants.ts';

const rows = chartMutants().map((mutant) => ({ name: mutant.name, verdict: killerOf(mutant) }));

for (const [index, { name, verdict }] of rows.entries()) {
  const outcome = verdict
    ? `${verdict.by}: ${verdict.reason}`
    : `SURVIVES: ${EQUIVALENT.get(name) ?? 'nobody found it out'}`;
  console.log(`${String(index + 1).padStart(4)}  ${name.padEnd(58)}  ${outcome}`);
}
const counts = Object.groupBy(rows, ({ verdict }) => verdict?.by ?? 'survives');
for (const [by, group] of Object.entries(counts)) console.log(`${by}: ${group.length}`);
console.log(`${rows.length} mutants`);

const unexplained = rows.filter(({ name, verdict }) => !verdict && !EQUIVALENT.has(name));
if (unexplained.length > 0) process.exitCode = 1;
