/**
 * Stores on servers that processes share, beside what the servers take at best: `npm run bench:shared`. The servers
 * are started for it. Trust the ratios, not the rates.
 */
import { parseArgs } from 'node:util';
import { benchSharedAppends } from './shared-appends.ts';
import { benchSharedBytes } from './shared-bytes.ts';
import { type EngineName, startEngine } from './shared-engines.ts';
import { benchSharedIdle } from './shared-idle.ts';
import { benchSharedWorkers } from './shared-workers.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    'trial-ms': { type: 'string', default: '1000' },
    runs: { type: 'string', default: '1,100,1000' },
    engines: { type: 'string', default: 'postgres,nats' },
    only: { type: 'string', default: 'appends,workers,idle,bytes' },
  },
});
const rounds = Number(values.rounds);
const only = values.only.split(',');

console.log(`Node ${process.version}; ${rounds} rounds; trust the ratios, not the rates`);
for (const name of values.engines.split(',') as EngineName[]) {
  await using engine = await startEngine(name);
  if (engine === undefined) continue;
  if (only.includes('appends')) {
    for (const runs of values.runs.split(',').map(Number)) {
      await benchSharedAppends(engine, runs, rounds, Number(values['trial-ms']));
    }
  }
  if (only.includes('workers')) {
    await benchSharedWorkers(engine, rounds, Number(values['trial-ms']));
  }
  if (only.includes('idle')) await benchSharedIdle(engine);
  if (only.includes('bytes')) await benchSharedBytes(engine);
}
