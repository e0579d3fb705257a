/**
 * A nightly backup. Databases are dumped one after the other and uploaded side by side. The program that
 * does it is killed in the middle and started again: what was done is not done again.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRuntime, defineRun } from 'runchart';
import { sqlite } from 'runchart/sqlite';
import { workFolder } from './support/folder.ts';

const folder = workFolder();
const diary = join(folder, 'diary.txt');
const databases = ['users', 'orders', 'mails'];

const backup = defineRun({
  name: 'backup',
  execute: async ({ step, attempt }) => {
    const write = (line: string) => appendFileSync(diary, `attempt ${attempt}: ${line}\n`);
    for (const name of databases) await step(`dump ${name}`, () => write(`dump ${name}`));
    const upload = (name: string) =>
      step(`upload ${name}`, async () => {
        // The network hangs, the first time.
        if (name === 'orders' && attempt === 1) await sleep(60_000);
        write(`upload ${name}`);
      });
    await Promise.all(databases.map(upload));
  },
});

/** Starts the backup of tonight, or goes on with it, and says what was done. */
async function drive(): Promise<void> {
  const stores = sqlite(join(folder, 'runs.db'));
  await using runtime = await createRuntime({ stores, definitions: [backup] });
  const run = await runtime.start(backup, { idempotencyKey: 'tonight' });
  for await (const { event } of run.events()) {
    if (event.type === 'step.completed') console.log(event['name']);
  }
}

if (process.argv[3] === 'drive') await drive();
else {
  const child = spawn(process.execPath, [import.meta.filename, folder, 'drive']);
  let uploads = 0;
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('upload')) uploads += 1;
    if (uploads === 2) child.kill('SIGKILL');
  }
  const again = spawn(process.execPath, [import.meta.filename, folder, 'drive']);
  await once(again, 'exit');
  console.log(readFileSync(diary, 'utf8').trim());
}

// prints:
// attempt 1: dump users
// attempt 1: dump orders
// attempt 1: dump mails
// attempt 1: upload users
// attempt 1: upload mails
// attempt 2: upload orders
