import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRuntime } from '../../src/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { crashableStores, virtualClock } from '../../src/testing/index.ts';
import { useCli } from './support/cli.ts';

const createCli = useCli();

describe('runchart doctor', () => {
  it.each([
    ['an hour ago', 60, 1],
    ['a minute ago', 1, 0],
  ])('of a run whose owner died %s ends with %i minutes, code %i', async (_, minutes, code) => {
    const cli = createCli();
    await cli.run('exec', '--', 'true');
    const crashable = crashableStores(sqlite(join(cli.folder, '.runchart/runs.db')));
    const clock = virtualClock(Date.now() - minutes * 60_000);
    const runtime = await createRuntime({ stores: crashable.stores, clock });
    const { id } = await runtime.open({ prompt: 'left' });
    const { owner } = (await runtime.list()).runs[0] ?? {};
    await crashable.crash();
    const ended = await cli.run('doctor');
    expect([ended.code, ended.err]).toEqual([code, '']);
    expect(ended.out).toContain('1 run left behind');
    const told = `run ${id}: its owner ${owner?.id} is dead, for `;
    if (code === 1) expect(ended.out).toContain(`1 problem:\n  ${told}`);
    else expect(ended.out).not.toContain(told);
    const json = JSON.parse((await cli.run('doctor', '--json')).out) as { problems: string[] };
    expect(json.problems).toHaveLength(code);
  });
});
