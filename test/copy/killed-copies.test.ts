import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createRuntime } from '../../src/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { createRandom } from '../../src/testing/simulation/random.ts';
import { temporaryFile } from '../stores/backends.ts';
import { runs } from '../support/runs.ts';
import { copied, idsOf } from './support/copied.ts';
import { randomHousehold } from './support/random-household.ts';

const CHILD = fileURLToPath(new URL('copy-child.ts', import.meta.url));
const SEED = Number(process.env['RUNCHART_SEED'] ?? Date.now() % 1_000_000_007);
const KILLS = runs(12);

/** Copies in a process of its own, and kills it that long after that many lines. Answers what it said last. */
async function killedCopy(
  from: string,
  to: string,
  lines: number,
  afterMs: number,
): Promise<string> {
  const child = spawn(process.execPath, [CHILD, from, to], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const enough = new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      said.push(line);
      if (said.length === lines) resolve();
    });
  });
  await Promise.race([enough, ended]);
  if (afterMs > 0) await Promise.race([sleep(afterMs), ended]);
  child.kill('SIGKILL');
  await ended;
  return said.at(-1) ?? '';
}

it(`a copy that is killed again and again ends as one in one go does: seed ${SEED}`, async () => {
  const random = createRandom(SEED);
  const file = await temporaryFile();
  const from = sqlite(file, { chain: true });
  await randomHousehold(from, SEED, 12);
  const runtime = await createRuntime({ stores: from });
  for (let n = 0; n < 24; n += 1) {
    const run = await runtime.open({ prompt: `run ${n}` });
    await Promise.all(
      Array.from({ length: 400 }, (_, i) =>
        run.record({ type: 'log', level: 'info', message: `${i}` }),
      ),
    );
    await run.complete(n);
  }
  await runtime.close();
  const target = await temporaryFile();
  const points = new Set<string>();
  let [kills, last] = [0, ''];
  while (kills < KILLS && last !== 'whole') {
    last = await killedCopy(file, target, 1 + random.below(6), random.below(6));
    points.add(last);
    if (last !== 'whole') kills += 1;
    const to = sqlite(target);
    await to.open();
    for (const runId of await idsOf(to)) {
      const [half, whole] = [await to.events.get(runId), await from.events.get(runId)];
      if (half?.lastSeq === whole?.lastSeq) expect(half).toEqual(whole);
      else expect([half?.owner, half?.wakeAtMs]).toEqual([null, null]);
    }
    await to.close();
  }
  expect(kills).toBeGreaterThan(0);
  console.log(`${kills} kills, after: ${[...points].join(', ')}`);
  const to = sqlite(target);
  await to.open();
  expect(await copied(from, to)).toMatchObject({ left: [], differences: [], ok: true });
  expect(await idsOf(to)).toEqual(await idsOf(from));
  await Promise.all([from.close(), to.close()]);
}, 120_000);
