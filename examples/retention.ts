/**
 * A help desk keeps each conversation as a run. What is old is cut or deleted: after a month all but the end
 * of each log, after a year everything but the newest conversation of each customer. Nothing happens by
 * itself: `prune` is called, with `dryRun` first. The clock is the program's own, so that a year goes by.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createRuntime, type PruneOptions } from 'runchart';
import { sqlite } from 'runchart/sqlite';
import { workFolder } from './support/folder.ts';

const DAY = 24 * 60 * 60 * 1000;
let now = Date.parse('2026-01-01T09:00:00Z');

const database = join(workFolder(), 'runs.db');
const runtime = await createRuntime({ stores: sqlite(database), clock: () => now });

/** A conversation of a hundred messages, which ends on the same day. */
async function converse(customer: string, subject: string): Promise<void> {
  const run = await runtime.open({ sessionId: customer, runId: `${customer}: ${subject}` });
  await run.record({ type: 'run.started' });
  for (let n = 1; n <= 100; n += 1) {
    await run.record({ type: 'custom.message', n, text: `${subject}! `.repeat(100) });
  }
  await run.complete(`settled: ${subject}`);
}

// The only conversation of this customer, so it is never deleted, only cut.
await converse('Otto', 'no keys');
for (const subject of ['no light', 'no heating', 'no water']) {
  await converse('Mia', subject);
  await converse('Noor', subject);
  now += 30 * DAY;
}
// Nobody has ended this one, so it stays, however old it becomes.
const active = await runtime.open({ sessionId: 'Noor', runId: 'Noor: no internet' });
now += 300 * DAY;

async function prune(what: string, options: PruneOptions): Promise<void> {
  const { runs } = await runtime.prune(options);
  console.log(`${what}: ${runs.toSorted().join(', ')}`);
}
const bytes = () => statSync(database).size;

const atFirst = bytes();
const afterAYear: PruneOptions = { olderThanMs: 365 * DAY, keepPerSession: 1 };
await prune('would be deleted', { ...afterAYear, dryRun: true });
await prune('deleted', afterAYear);
console.log(`the database is smaller: ${bytes() < atFirst}`);

const afterDeleting = bytes();
await prune('cut', { olderThanMs: 30 * DAY, keepEvents: 5 });
console.log(`the database is smaller: ${bytes() < afterDeleting}`);

// A log that was cut begins later, and what the run came to is still known.
const cut = await runtime.get('Mia: no water');
const seqs: number[] = [];
for await (const { seq } of cut.events()) seqs.push(seq);
console.log(await cut.result(), seqs);
console.log(`${active.id} is ${await active.status()}`);
const left = (await runtime.list()).runs.map(({ snapshot }) => snapshot.runId);
console.log(`left: ${left.toSorted().join(', ')}`);
await runtime.close();

// prints:
// would be deleted: Mia: no light, Noor: no light
// deleted: Mia: no light, Noor: no light
// the database is smaller: true
// cut: Mia: no heating, Mia: no water, Noor: no heating, Noor: no water, Otto: no keys
// the database is smaller: true
// settled: no water [ 99, 100, 101, 102, 103 ]
// Noor: no internet is created
// left: Mia: no heating, Mia: no water, Noor: no heating, Noor: no internet, Noor: no water, Otto: no keys
