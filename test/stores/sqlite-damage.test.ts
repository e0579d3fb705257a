import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineRun, isRunchartError, type Runtime } from '../../src/index.ts';
import { openNodeDatabase } from '../../src/stores/sqlite/node-driver.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { collect, open } from '../support/runtime/helpers.ts';
import { temporaryDirectory } from './backends.ts';

const PAGE_BYTES = 4096;

const letter = defineRun<number, undefined, string>({
  name: 'letter',
  execute: async ({ input, step, outputs }) => {
    for (let n = 0; n < 3; n += 1) await step('write', () => `${input} ${n} `.repeat(200));
    await outputs.artifact('letter', { input });
    return 'sent';
  },
});

/** The digests of the events of all runs of a runtime, by run. */
async function logsOf(runtime: Runtime): Promise<Map<string, string[]>> {
  const logs = new Map<string, string[]>();
  for (const { snapshot } of (await runtime.list({ limit: 1000 })).runs) {
    const run = await runtime.get(snapshot.runId);
    const events = await collect(run.events({ live: false }));
    logs.set(run.id, events.map(digestOf));
  }
  return logs;
}

function digestOf(event: unknown): string {
  return createHash('sha256').update(JSON.stringify(event)).digest('hex').slice(0, 12);
}

/** Writes letters, and copies the files while they are open: the WAL has the newest of them. */
async function lettersIn(folder: string, count: number): Promise<Map<string, string[]>> {
  const path = join(folder, 'runs.db');
  await using runtime = await open({
    stores: sqlite(path, { writer: 'inline' }),
    definitions: [letter],
  });
  for (let n = 0; n < count; n += 1) await (await runtime.start(letter, { input: n })).result();
  for (const end of ['', '-wal']) copyFileSync(`${path}${end}`, join(folder, `copy.db${end}`));
  return await logsOf(runtime);
}

describe('a SQLite file that was damaged from outside', () => {
  it('has, when its WAL was cut off anywhere, a beginning of every log, sound and fit to go on with', async () => {
    const folder = await temporaryDirectory();
    const logs = await lettersIn(folder, 6);
    const wal = join(folder, 'copy.db-wal');
    const { length } = readFileSync(wal);
    expect(length).toBeGreaterThan(20 * PAGE_BYTES);
    let round = 0;
    let shortest = Infinity;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: length }), async (bytes) => {
        round += 1;
        const path = join(folder, `cut-${round}.db`);
        copyFileSync(join(folder, 'copy.db'), path);
        copyFileSync(wal, `${path}-wal`);
        truncateSync(`${path}-wal`, bytes);
        await using runtime = await open({ stores: sqlite(path, { writer: 'inline' }) });
        const left = await logsOf(runtime);
        for (const [runId, events] of left) {
          expect(await runtime.verify(runId)).toMatchObject({ ok: true, problems: [] });
          expect(events).toEqual(logs.get(runId)?.slice(0, events.length));
        }
        shortest = Math.min(shortest, [...left.values()].flat().length);
        const run = await runtime.open();
        expect(await run.complete()).toMatchObject({ seq: 2 });
      }),
      { numRuns: 30 },
    );
    expect(shortest, 'something was cut off').toBeLessThan([...logs.values()].flat().length);
  });

  it('with a broken page says STORE_CORRUPT, and has everything again when the page is put back', async () => {
    const folder = await temporaryDirectory();
    const logs = await lettersIn(folder, 12);
    const whole = readFileSync(join(folder, 'runs.db'));
    const pages = whole.length / PAGE_BYTES;
    const codes = new Map<string, number>();
    let round = 0;
    const page = fc.integer({ min: 0, max: pages - 1 });
    const filling = fc.constantFrom('zeros', 'ones', 'another page', 'noise' as const);
    await fc.assert(
      fc.asyncProperty(page, filling, page, fc.nat(), async (at, how, other, noise) => {
        round += 1;
        const path = join(folder, `broken-${round}.db`);
        const broken = Buffer.from(whole);
        const hole = broken.subarray(at * PAGE_BYTES, (at + 1) * PAGE_BYTES);
        if (how === 'zeros' || how === 'ones') hole.fill(how === 'ones' ? 0xff : 0);
        else if (how === 'noise') for (const i of hole.keys()) hole[i] = (i * (noise + 7)) >> 3;
        else hole.set(whole.subarray(other * PAGE_BYTES, (other + 1) * PAGE_BYTES));
        writeFileSync(path, broken);
        const code = await codeOfReading(path);
        codes.set(code, (codes.get(code) ?? 0) + 1);
        expect(['none', 'STORE_CORRUPT']).toContain(code);
        // Nothing holds the file any more, also when it could not be opened.
        expect(openFiles(path)).toEqual([]);
        const mended = join(folder, `mended-${round}.db`);
        writeFileSync(mended, whole);
        await using runtime = await open({ stores: sqlite(mended, { writer: 'inline' }) });
        expect(await logsOf(runtime)).toEqual(logs);
      }),
      {
        numRuns: 60,
        // A run in a list, and nowhere else.
        examples: [[5, 'another page', 22, 0]],
      },
    );
    console.log('broken pages', Object.fromEntries(codes));
    expect(codes.get('STORE_CORRUPT')).toBeGreaterThan(0);
  });

  it('that may only be read takes no writes, says STORE_READ_ONLY, and is there as before', async () => {
    const folder = await temporaryDirectory();
    const logs = await lettersIn(folder, 2);
    const path = join(folder, 'runs.db');
    const driver = (file: string): ReturnType<typeof openNodeDatabase> =>
      openNodeDatabase(file, { readOnly: true });
    {
      await using reader = await open({ stores: sqlite(path, { driver }) });
      expect(await logsOf(reader)).toEqual(logs);
      const [runId = ''] = logs.keys();
      const writing = (await reader.get(runId)).record({ type: 'log' });
      await expect(writing).rejects.toMatchObject({ code: 'STORE_READ_ONLY', retryable: false });
    }
    await using runtime = await open({ stores: sqlite(path, { writer: 'inline' }) });
    expect(await logsOf(runtime)).toEqual(logs);
  });
});

/** What of a database this process has open, where the system tells. */
function openFiles(path: string): string[] {
  const folder = '/proc/self/fd';
  if (!existsSync(folder)) return [];
  const links = readdirSync(folder).flatMap((fd) => {
    try {
      return [readlinkSync(join(folder, fd))];
    } catch {
      // The one that reads the folder.
      return [];
    }
  });
  return links.filter((link) => link.startsWith(path));
}

/** The code of the first error in reading all that there is; `none` when all of it can be read. */
async function codeOfReading(path: string): Promise<string> {
  const stores = sqlite(path, { writer: 'inline', busyLimitMs: 50 });
  try {
    await using runtime = await open({ stores });
    for (const runId of (await logsOf(runtime)).keys()) {
      const { ok } = await runtime.verify(runId);
      if (!ok) return 'STORE_CORRUPT';
      await (await runtime.get(runId)).outputs.list();
    }
    const { problems } = await runtime.diagnose();
    return problems.length > 0 ? 'STORE_CORRUPT' : 'none';
  } catch (error) {
    // A page of another place is a page: a run that a list has and nobody finds is what doctor tells.
    if (isRunchartError(error, 'RUN_NOT_FOUND')) return codeOfDoctor(path);
    if (isRunchartError(error)) return error.code;
    throw error;
  }
}

async function codeOfDoctor(path: string): Promise<string> {
  await using runtime = await open({ stores: sqlite(path, { writer: 'inline', busyLimitMs: 50 }) });
  const { problems } = await runtime.diagnose();
  return problems.length > 0 ? 'STORE_CORRUPT' : 'RUN_NOT_FOUND';
}
