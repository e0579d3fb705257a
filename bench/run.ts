import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findChromium, NO_CHROMIUM } from '../test/inspector/support/chromium.ts';
import { benchAppends } from './appends.ts';
import { benchChain } from './chain.ts';
import { benchChanges } from './changes.ts';
import { benchCheckpoints } from './checkpoints.ts';
import { benchFold, benchLife, benchObserver } from './cpu.ts';
import { benchInspector } from './inspector.ts';
import { benchServer } from './server.ts';
import { benchSteps } from './steps.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    'trial-ms': { type: 'string', default: '500' },
    runs: { type: 'string', default: '1,10,100,1000' },
    only: {
      type: 'string',
      default: 'appends,chain,cpu,memory,steps,checkpoints,server,changes,inspector',
    },
  },
});
const rounds = Number(values.rounds);
const only = values.only.split(',');

console.log(`Node ${process.version}; ${rounds} rounds; trust the ratios, not the rates`);
if (only.includes('appends')) {
  for (const runs of values.runs.split(',').map(Number)) {
    await benchAppends(runs, rounds, Number(values['trial-ms']));
  }
}
if (only.includes('chain')) await benchChain(rounds);
if (only.includes('cpu')) {
  await benchFold(rounds);
  await benchLife(rounds);
  await benchObserver(rounds);
}
if (only.includes('steps')) await benchSteps(rounds);
if (only.includes('checkpoints')) await benchCheckpoints(rounds);
if (only.includes('server')) await benchServer(rounds, Number(values['trial-ms']));
if (only.includes('changes')) await benchChanges(rounds, Number(values['trial-ms']));
if (only.includes('inspector')) {
  if (findChromium() === undefined) console.log(`\ninspector: ${NO_CHROMIUM}`);
  else await benchInspector(rounds, Number(values['trial-ms']));
}
if (only.includes('memory')) {
  const file = fileURLToPath(new URL('memory.ts', import.meta.url));
  execFileSync(process.execPath, ['--expose-gc', file], { stdio: 'inherit' });
}
