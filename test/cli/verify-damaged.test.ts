import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import type { RunInfo, Verification } from '../../src/index.ts';
import { useCli } from './support/cli.ts';

const createCli = useCli();

it('verify says of a run whose snapshot is damaged that it is, however it is named, and goes on', async () => {
  const cli = createCli();
  await cli.run('exec', '--', 'echo', 'first');
  await cli.run('exec', '--', 'echo', 'second');
  const ids = (await cli.json<RunInfo>('ls')).map(({ snapshot }) => snapshot.runId);
  const [damaged = '', other = ''] = ids;
  const db = new DatabaseSync(join(cli.folder, '.runchart/runs.db'));
  db.prepare('UPDATE runs SET snapshot = ? WHERE run_id = ?').run('{"v', damaged);
  db.close();
  for (const name of [damaged, damaged.slice(0, -1), '@last']) {
    const { code, out } = await cli.run('verify', name);
    expect(out).toContain(`Run ${damaged}: the stored snapshot is no JSON`);
    expect(out).toContain('1 do not agree');
    expect(code).toBe(1);
  }
  expect(await cli.json<Verification>('verify')).toMatchObject([
    { runId: damaged, ok: false },
    { runId: other, ok: true },
  ]);
  expect(await cli.run('verify', other.slice(0, -1))).toMatchObject({ code: 0 });
  expect((await cli.run('verify', 'nothing')).code).not.toBe(0);
}, 60_000);
