import { describe, expect, it } from 'vitest';
import { familyLines } from '../../src/cli/family/family-lines.ts';
import { familyOf } from '../../src/cli/family/family.ts';
import { createRuntime, defineRun, type Run } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';

const LIMITS = { perRun: 10, all: 200 };
const HOW = {
  style: (_: unknown, text: string) => text,
  width: undefined,
  nowMs: 0,
  allCommand: '',
};

const part = defineRun<number, undefined, number>({
  name: 'part',
  execute: ({ input }) => {
    if (input === 7) throw new Error('seven');
    return input;
  },
});
const whole = defineRun<number, undefined, null>({
  name: 'whole',
  execute: async ({ input, child, checkpoint }) => {
    await checkpoint('begin');
    const numbers = Array.from({ length: input }, (_, i) => i);
    await Promise.allSettled(numbers.map((i) => child(part, i)));
    return null;
  },
});

async function ended(run: Run<unknown>): Promise<void> {
  await run.result().catch(() => undefined);
}

describe('a family', () => {
  it('says that a parent or a source was deleted where a run still tells of it', async () => {
    await using runtime = await createRuntime({ stores: memory(), definitions: [part, whole] });
    const source = await runtime.start(whole, { input: 1, runId: 'source' });
    await ended(source);
    const fork = await runtime.fork({ runId: 'source', superStep: 1 }, { runId: 'fork' });
    await ended(fork);
    const gone: Pick<typeof runtime, 'info' | 'list'> = {
      list: (options) => runtime.list(options),
      info: (runId) => runtime.info(runId === 'source' ? 'pruned' : runId),
    };
    const family = await familyOf(gone, await runtime.info('fork'), LIMITS);
    expect(familyLines(family, HOW)[0]).toBe('source  deleted');
    expect(familyLines(family, HOW)[1]).toMatch(
      /^└ fork fork {2}completed {2}.* · from super-step 1 /,
    );
    expect(family.above).toEqual([{ runId: 'source', info: null, relation: null }]);
  });

  it('that is big has those that failed first, and counts the others', async () => {
    await using runtime = await createRuntime({ stores: memory(), definitions: [part, whole] });
    const run = await runtime.start(whole, { input: 40, runId: 'source' });
    await ended(run);
    const family = await familyOf(runtime, await runtime.info('source'), { perRun: 3, all: 200 });
    expect(family.run.below.map(({ info }) => info?.snapshot.status)).toContain('failed');
    expect(family.run.below).toHaveLength(3);
    expect(family.run.more).toEqual({ child: 37, fork: 0 });
    const few = await familyOf(runtime, await runtime.info('source'), { perRun: 10, all: 3 });
    expect(few.run.below).toHaveLength(2);
  });
});
