import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Receipt, Stores } from '../../src/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import {
  type Command,
  type FromRacer,
  PAIRS,
  send,
  type ToRacer,
} from '../support/runtime/race.ts';
import { newSeed, randomFrom } from '../support/runtime/random.ts';
import {
  decisive,
  expectSound,
  memoryPlace,
  open,
  type Place,
  sqlitePlace,
  temporaryFolder,
  upTo,
} from '../support/runtime/helpers.ts';

const RACES = 1_000;

const pairOf = (race: number) => PAIRS[race % PAIRS.length] as readonly [Command, Command];

/** One event decided, at most one racer was told that it was its own, and both name that event. */
async function expectFair(
  stores: Stores,
  runId: string,
  commands: readonly Command[],
  receipts: readonly Receipt[],
): Promise<number> {
  const log = await expectSound(stores, runId);
  const ends = decisive(log);
  expect(ends).toHaveLength(1);
  const [end] = ends;
  const winners = receipts.flatMap(({ outcome }, i) => (outcome.startsWith('already') ? [] : [i]));
  expect(winners).toHaveLength(1);
  const winner = winners[0] as number;
  for (const [i, { outcome, status, seq }] of receipts.entries()) {
    expect(seq).toBe(end?.seq);
    expect(`run.${status}`).toBe(end?.event.type);
    if (i === winner) expect(status).toBe(DECIDES[commands[i] as Command]);
    else expect(outcome).toBe(status === 'cancelled' ? 'already-cancelled' : 'already-terminal');
  }
  return winner;
}

const DECIDES = { complete: 'completed', fail: 'failed', cancel: 'cancelled' } as const;

async function race(
  place: Place,
  runtimes: 1 | 2,
  count: number,
  random: () => number,
): Promise<number[]> {
  const stores = place.stores();
  await using first = await open({ stores });
  await using second = await open({ stores: runtimes === 1 ? stores : place.stores() });
  const wins = [0, 0];
  for (let done = 0; done < count; done += 50) {
    const races = upTo(Math.min(count, done + 50), done);
    const pairs = await Promise.all(
      races.map(async () => {
        const run = await first.open();
        const other = runtimes === 1 ? first : second;
        return [await first.get(run.id), await other.get(run.id)] as const;
      }),
    );
    await Promise.all(
      pairs.map(async (handles, i) => {
        const commands = pairOf(races[i] as number);
        const receipts = await Promise.all(
          handles.map(async (run, n) => {
            // Either goes first, by a turn of the event loop or two, or both at once.
            for (let turns = Math.floor(random() * 3); turns > 0; turns -= 1) await immediate();
            return send(run, commands[n] as Command, `${n}`);
          }),
        );
        const winner = await expectFair(stores, handles[0].id, commands, receipts);
        wins[winner] = (wins[winner] ?? 0) + 1;
      }),
    );
  }
  return wins;
}

describe.each([
  ['memory', memoryPlace, RACES],
  ['sqlite inline', () => sqlitePlace('inline'), RACES / 2],
  ['sqlite worker', () => sqlitePlace('worker'), RACES / 2],
] as const)('on %s', (name, create, count) => {
  it.each([1, 2] as const)(
    '[I1] two ends of a run are raced in one process, with %i runtime(s)',
    async (runtimes) => {
      using place = create();
      const seed = newSeed();
      const wins = await race(place, runtimes, count, randomFrom(seed));
      console.log(
        `${name}, ${runtimes} runtime(s), seed ${seed}: ${count} races, wins ${wins.join(' : ')}`,
      );
      expect((wins[0] ?? 0) + (wins[1] ?? 0)).toBe(count);
    },
  );
});

const CHILD = fileURLToPath(new URL('../support/runtime/race-child.ts', import.meta.url));
const BATCH = 20;

async function answer(child: ChildProcess): Promise<FromRacer> {
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`The racer ended with ${code}`);
  });
  died.catch(() => {});
  const [message] = (await Promise.race([once(child, 'message'), died])) as [FromRacer];
  return message;
}

async function ask(children: readonly ChildProcess[], messages: readonly ToRacer[]) {
  const answers = children.map(answer);
  for (const [i, child] of children.entries()) child.send(messages[i] as ToRacer);
  return Promise.all(answers);
}

it('[I1] two ends of a run are raced from two processes on one file', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'runs.db');
  const stores = sqlite(file, { writer: 'inline', durability: 'normal' });
  await using runtime = await open({ stores });
  const children = ['a', 'b'].map((name) => fork(CHILD, [file, name], { execArgv: [] }));
  try {
    await Promise.all(children.map(answer));
    const wins = [0, 0];
    for (let done = 0; done < RACES; done += BATCH) {
      const races = upTo(done + BATCH, done);
      const runs = await Promise.all(races.map(() => runtime.open()));
      const runIds = runs.map(({ id }) => id);
      await ask(
        children,
        children.map(() => ({ kind: 'prepare', runIds })),
      );
      const commands = races.map(pairOf);
      const receipts = await ask(
        children,
        children.map((_, child) => ({
          kind: 'go',
          commands: commands.map((pair) => pair[child] as Command),
        })),
      );
      for (const [i, runId] of runIds.entries()) {
        const both = receipts.map((reply) => {
          if (reply.kind !== 'receipts') throw new Error(`Expected receipts, got ${reply.kind}`);
          return reply.receipts[i] as Receipt;
        });
        const winner = await expectFair(stores, runId, commands[i] ?? [], both);
        wins[winner] = (wins[winner] ?? 0) + 1;
      }
    }
    console.log(`two processes, one file: ${RACES} races, wins ${wins.join(' : ')}`);
    expect((wins[0] ?? 0) + (wins[1] ?? 0)).toBe(RACES);
  } finally {
    const gone = children
      .filter(({ exitCode }) => exitCode === null)
      .map((child) => once(child, 'exit'));
    for (const child of children) child.send({ kind: 'end' } satisfies ToRacer);
    await Promise.all(gone);
  }
}, 60_000);
