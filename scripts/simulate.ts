/** Plays simulated histories: of one seed, of many, or the one of a file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  formatHistory,
  generatePlan,
  type History,
  parsePlan,
  play,
  shrink,
} from '../src/testing/simulation/index.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    replay: { type: 'string' },
    /** Where the log is written: of one seed always, of many when one fails. */
    out: { type: 'string' },
    'no-shrink': { type: 'boolean', default: false },
  },
});

const print = (name: string, value: string | number): void =>
  console.log(`${name.padEnd(16)} ${value}`);

async function report(history: History): Promise<void> {
  for (const violation of history.violations) console.log(`  ${violation}`);
  process.exitCode = 1;
  const least = values['no-shrink'] ? history : await shrink(history);
  const { plan, violations } = least;
  const file = values.out ?? join(tmpdir(), `runchart-simulation-${plan.seed}.log`);
  writeFileSync(file, formatHistory(least));
  print('shrunk to', `${plan.actions.length} actions, ${violations[0] ?? ''}`);
  print('history', file);
}

async function one(history: History): Promise<void> {
  const { plan, lines, figures } = history;
  print('seed', plan.seed);
  print('lines', lines.length);
  for (const [name, value] of Object.entries(figures)) print(name, value);
  print('violations', history.violations.length);
  if (history.violations.length > 0) await report(history);
  else if (values.out !== undefined) writeFileSync(values.out, formatHistory(history));
}

async function many(count: number, from: number): Promise<void> {
  const total = { events: 0, kills: 0, faults: 0, takeOvers: 0, steps: 0 };
  const before = performance.now();
  let seeds = 0;
  let bad: History | undefined;
  for (let seed = from; seed < from + count && bad === undefined; seed += 1) {
    const history = await play(generatePlan(seed));
    seeds += 1;
    for (const [name, value] of Object.entries(history.figures)) {
      total[name as keyof typeof total] += value;
    }
    if (history.violations.length > 0) bad = history;
  }
  print('from seed', from);
  print('seeds', seeds);
  for (const [name, value] of Object.entries(total)) print(name, value);
  print('seconds', ((performance.now() - before) / 1000).toFixed(1));
  if (bad === undefined) return;
  print('failed', `seed ${bad.plan.seed}`);
  await report(bad);
}

if (values.replay !== undefined)
  await one(await play(parsePlan(readFileSync(values.replay, 'utf8'))));
else if (values.seeds !== undefined) await many(Number(values.seeds), Number(values.from));
else await one(await play(generatePlan(Number(values.seed ?? '1'))));
