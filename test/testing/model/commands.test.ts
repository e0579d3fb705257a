import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Stores } from '../../../src/index.ts';
import { memory } from '../../../src/stores/memory/index.ts';
import {
  COMMAND_KINDS,
  type CommandsOptions,
  runCommands,
  runtimeCommands,
} from '../../../src/testing/model/index.ts';
import { wrapStores } from '../../../src/testing/index.ts';
import { PLACES } from '../../support/runtime/helpers.ts';
import { newSeed } from '../../support/runtime/random.ts';
import { runs } from '../../support/runs.ts';

const RUNS: Readonly<Record<string, number>> = {
  memory: runs(60),
  'sqlite inline': runs(12),
};

describe.each(PLACES)('on %s', (name, create) => {
  it('[I1] [I2] [I3] [I4] [I6] [I7] [I8] [I10] runs do what the model does, whatever they are told, by whom', async () => {
    const seed = newSeed();
    console.log(`commands on ${name}: RUNCHART_SEED=${seed}`);
    await fc.assert(
      fc.asyncProperty(runtimeCommands(), async (commands) => {
        using place = create();
        await runCommands(commands, { stores: () => place.stores() });
      }),
      { seed, numRuns: RUNS[name] ?? 0 },
    );
  }, 60_000);
});

/** What the commands say about stores that do not keep the contract. */
async function complaint(
  stores: () => CommandsOptions['stores'],
  only: readonly string[],
): Promise<string> {
  const broken = fc.asyncProperty(runtimeCommands({ only }), async (commands) => {
    await runCommands(commands, { stores: stores() });
  });
  const { counterexample, errorInstance } = await fc.check(broken, { seed: 1, numRuns: 200 });
  const [commands] = counterexample ?? [];
  return `${fc.stringify(commands)}: ${String((errorInstance as Error | null)?.message)}`;
}

/** Stores over one memory, with one method of the events that is wrong. */
function wrong(
  method: string,
  spoil: (answer: unknown) => unknown,
): () => CommandsOptions['stores'] {
  return () => {
    const stores: Stores = wrapStores(memory(), async (call, proceed) => {
      const answer = await proceed();
      return call.method === method ? spoil(answer) : answer;
    });
    return () => stores;
  };
}

describe('stores that break the contract are found out, by commands that shrink to a few', () => {
  it('when a list has the wrong order', async () => {
    const oldestFirst = wrong('events.list', (answer) => {
      const page = answer as { readonly runs: readonly unknown[] };
      return { ...page, runs: page.runs.toReversed() };
    });
    const said = await complaint(oldestFirst, ['open', 'list']);
    expect(said).toMatch(
      /^open\(.*\),open\(.*\),list\(.*\).*: a list by .* departs from the model/,
    );
  });

  it('when a log loses its last event', async () => {
    const short = wrong('events.read', (answer) => {
      const page = answer as { readonly events: readonly unknown[] };
      return { ...page, events: page.events.slice(0, -1) };
    });
    const said = await complaint(short, ['open', 'record', 'read']);
    expect(said).toMatch(/^open\([^)]*\).*: the log of run_1: the runtime departs/);
  });

  it('when somebody who died is said to be alive', async () => {
    const everybody = wrong('events.isAlive', () => true);
    const said = await complaint(everybody, ['open', 'reopen', 'verify']);
    expect(said).toMatch(/the owner of run_1 through runtime 0: the runtime departs/);
  });
});

it('kinds of commands that there are not are refused', () => {
  expect(COMMAND_KINDS).toContain('fork');
  expect(() => runtimeCommands({ only: ['explode'] })).toThrow(TypeError);
});

it('what is left out of the kinds does not come', async () => {
  const kinds = new Set<string>();
  const only = ['open', 'record'];
  await fc.assert(
    fc.asyncProperty(runtimeCommands({ only, maxCommands: 20 }), async (commands) => {
      const stores = memory();
      const { byKind } = await runCommands(commands, { stores: () => stores });
      for (const kind of byKind.keys()) kinds.add(kind);
    }),
    { seed: 1, numRuns: 10 },
  );
  expect([...kinds].toSorted()).toEqual(only);
});
