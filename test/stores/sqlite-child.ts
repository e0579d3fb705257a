// A process of its own for the tests of sqlite: `node sqlite-child.ts <command> <path> [argument]`.
// It prints one line of JSON per fact, the first when it is ready.
import { DatabaseSync } from 'node:sqlite';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { commitOf } from '../../src/testing/cases/builders.ts';

const [, , command = '', path = '', argument = ''] = process.argv;

function say(fact: unknown): void {
  process.stdout.write(`${JSON.stringify(fact)}\n`);
}

const commands: Readonly<Record<string, () => Promise<void>>> = {
  /** Opens, creates one run, closes. */
  open: async () => {
    const stores = sqlite(path);
    await stores.open();
    say(await stores.events.append([commitOf(argument, 0)]));
    await stores.close();
  },
  /** Appends to four runs until it is killed; says what was acknowledged. */
  append: async () => {
    const stores = sqlite(path);
    await stores.open();
    const names = [0, 1, 2, 3].map((i) => `${argument}_${i}`);
    await Promise.all(
      names.map(async (name) => {
        for (let seq = 0; ; seq += 1) {
          const [outcome] = await stores.events.append([commitOf(name, seq)]);
          say({ name, seq: seq + 1, kind: outcome?.kind });
        }
      }),
    );
  },
  /** Enlists an owner and stays. */
  enlist: async () => {
    const stores = sqlite(path, { writer: 'inline' });
    await stores.open();
    await stores.events.enlist(argument);
    say('enlisted');
    // The timer also keeps the stores from being collected as garbage, and their lock with them.
    setInterval(() => stores.location, 1_000);
  },
  /** Holds the write lock for a number of milliseconds. */
  hold: async () => {
    const db = new DatabaseSync(path);
    db.exec('BEGIN IMMEDIATE');
    say('held');
    setTimeout(() => {
      db.exec('COMMIT');
      db.close();
    }, Number(argument));
  },
  /** Opens with the worker, writes, and ends without closing. */
  leave: async () => {
    const stores = sqlite(path);
    await stores.open();
    stores.events.watch(() => {});
    void stores.events.append([commitOf('run_1', 0)]);
  },
};

await commands[command]?.();
