/**
 * Invoices are sent by a program that is killed in the middle. What becomes of the run is up to whoever
 * opens the store next: code of another version leaves it alone, code that says that it can go on does,
 * and a runtime that is told to `fail` gives it up.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createRuntime, defineRun, isRunchartError, type RuntimeOptions } from 'runchart';
import { sqlite } from 'runchart/sqlite';
import { z } from 'zod';
import { workFolder } from './support/folder.ts';

const folder = workFolder();
const open = (options: Omit<RuntimeOptions, 'stores'>) =>
  createRuntime({ stores: sqlite(join(folder, 'runs.db')), ...options });

const invoices = defineRun({
  name: 'invoices',
  input: z.string(),
  version: '2',
  execute: async ({ input: month, step, attempt }) => {
    const count = await step('collect', () => 17);
    await step('send', () => {
      // The power fails, the first time.
      if (attempt === 1) process.kill(process.pid, 'SIGKILL');
    });
    return `${month}: ${count} invoices were sent, in attempt ${attempt}`;
  },
});

/** What the other process does: it starts a run, and dies of it. */
async function send(month: string): Promise<void> {
  await using runtime = await open({ definitions: [invoices] });
  const run = await runtime.start(invoices, { input: month, runId: month });
  await run.result();
}

/** Lets another process do it, and says how that process ended. */
function sendElsewhere(month: string): void {
  const { signal } = spawnSync(process.execPath, [import.meta.filename, folder, month]);
  console.log(`${month}: the process ended by ${signal}`);
}

const month = process.argv[3];
if (month !== undefined) await send(month);
else {
  sendElsewhere('may');
  {
    // Version 3 knows nothing of version 2.
    await using runtime = await open({ definitions: [{ ...invoices, version: '3' }] });
    const { abandoned } = await runtime.diagnose();
    for (const { snapshot, why } of abandoned) console.log(`${snapshot.runId}: left, ${why}`);
  }
  {
    // This version 3 does.
    const definition = { ...invoices, version: '3', resumes: ['2'] };
    await using runtime = await open({ definitions: [definition] });
    console.log(await (await runtime.get('may')).result());
  }
  sendElsewhere('june');
  {
    await using runtime = await open({ definitions: [invoices], recovery: 'fail' });
    const run = await runtime.get('june');
    await run.result().catch(async (error: unknown) => {
      if (!isRunchartError(error, 'RUN_FAILED')) throw error;
      console.log(`june: ${(await run.snapshot()).error?.code}`);
    });
  }
}

// prints:
// may: the process ended by SIGKILL
// may: left, its owner is gone; it began with version 2 of "invoices", and version 3 does not resume that
// may: 17 invoices were sent, in attempt 2
// june: the process ended by SIGKILL
// june: RUN_ABANDONED
