import { cpSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Envelope, PruneReport, RunInfo } from '../../src/index.ts';
import { type Cli, useCli } from './support/cli.ts';

const createCli = useCli();

interface Pruned extends PruneReport {
  readonly dryRun: boolean;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

let template: { readonly folder: string; readonly ids: readonly string[] };

beforeAll(async () => {
  const cli = createCli();
  const ids = await cli.begin(...Array<string>(20).fill('done'), 'fails', 'talk');
  template = { folder: cli.folder, ids };
});

/** A store of its own with twenty completed runs, one that failed and one that waits. */
function withOldRuns(): { readonly cli: Cli; readonly ids: readonly string[] } {
  const cli = createCli();
  cpSync(template.folder, cli.folder, { recursive: true });
  return { cli, ids: template.ids };
}

async function statuses(cli: Cli): Promise<readonly string[]> {
  return (await cli.json<RunInfo>('ls')).map(({ snapshot }) => snapshot.status);
}

describe('runchart prune', () => {
  it('deletes nothing unless it is told which runs', async () => {
    const { cli, ids } = withOldRuns();
    for (const words of [[], ['--dry-run'], ['--keep-events', '1'], ['--json']]) {
      const ended = await cli.run('prune', ...words);
      expect(ended).toMatchObject({ code: 2, out: '' });
      expect(ended.err).toContain('prune needs to know which runs: --older-than');
    }
    expect(await statuses(cli)).toHaveLength(ids.length);
  });

  it.each([
    [['--older-than', '30'], '--older-than takes a time like 30d, 12h, 90m or 45s, got "30"'],
    [['--older-than', '-1d'], '--older-than takes a time'],
    [['--older-than', '1.5d'], '--older-than takes a time'],
    [['--older-than', '9999999999999999d'], '--older-than takes a time'],
    [['--status', 'executing'], '--status is one of completed, failed, cancelled'],
    [['--status', 'failed', '--keep', 'all'], '--keep takes a whole number from 0'],
    [['--status', 'failed', '--keep-events', '0'], '--keep-events takes a whole number from 1'],
    [['--session', ''], '--session is empty'],
  ])('refuses %j as usage', async (words, why) => {
    const { cli, ids } = withOldRuns();
    const ended = await cli.run('prune', ...words);
    expect(ended).toMatchObject({ code: 2, out: '' });
    expect(ended.err).toContain(why);
    expect(await statuses(cli)).toHaveLength(ids.length);
  });

  it('says what it would do, and then does just that, and gives the space back', async () => {
    const { cli, ids } = withOldRuns();
    const dry = await cli.run('prune', '--older-than', '0s', '--dry-run');
    expect(dry.out).toMatch(/^21 runs would be deleted\n/);
    expect(dry.out).toContain('  and 1 more; --json names all\n');
    expect(dry.out).toMatch(/the database on the disk: [\d.]+ KiB\n$/);
    expect(await statuses(cli)).toHaveLength(ids.length);
    const [planned] = await cli.json<Pruned>('prune', '--older-than', '0s', '--dry-run');
    expect(planned).toMatchObject({ dryRun: true, kept: [], blobs: 0, blobBytes: 0 });
    const [done] = await cli.json<Pruned>('prune', '--older-than', '0s');
    expect(done?.dryRun).toBe(false);
    expect(done?.runs.toSorted()).toEqual(planned?.runs.toSorted());
    expect(done?.bytesBefore).toBeGreaterThan(done?.bytesAfter ?? 0);
    expect(await statuses(cli)).toEqual(['executing']);
    expect(await cli.run('verify')).toMatchObject({ code: 0 });
    expect(await cli.run('doctor')).toMatchObject({ code: 0 });
  });

  it('takes only runs that fit all that is given', async () => {
    const { cli, ids } = withOldRuns();
    const runsOf = async (...words: string[]): Promise<readonly string[]> =>
      (await cli.json<Pruned>('prune', '--dry-run', ...words))[0]?.runs ?? [];
    expect(await runsOf('--older-than', '1d')).toEqual([]);
    expect(await runsOf('--status', 'failed')).toEqual([ids[20]]);
    expect(await runsOf('--status', 'failed', '--status', 'completed')).toHaveLength(21);
    expect(await runsOf('--status', 'failed', '--older-than', '1h')).toEqual([]);
    expect(await runsOf('--session', ids[0] ?? '')).toEqual([ids[0]]);
    // Each run here has a session of its own.
    expect(await runsOf('--keep', '1')).toEqual([]);
    expect(await runsOf('--keep', '0')).toHaveLength(21);
    const failed = await cli.run('prune', '--status', 'failed');
    expect(failed.out).toMatch(
      /^1 run deleted\n {2}run_\S+\nthe database on the disk: .* before, .* now\n$/,
    );
    expect(await statuses(cli)).toHaveLength(21);
  });

  it('keeps what others need, and says so', async () => {
    const { cli } = withOldRuns();
    const [source = ''] = await cli.begin('approve');
    await cli.run('fork', source);
    await cli.run('cancel', source);
    const [report] = await cli.json<Pruned>('prune', '--status', 'cancelled');
    expect(report).toMatchObject({ runs: [], kept: [source] });
    const text = await cli.run('prune', '--status', 'cancelled');
    expect(text.out).toContain(
      `0 runs deleted\n1 run kept, as a fork, a parent or a child needs them\n  ${source}\n`,
    );
    expect(await cli.run('show', source)).toMatchObject({ code: 0 });
  });

  it('cuts logs down to their last events instead, when it is told to', async () => {
    const { cli, ids } = withOldRuns();
    const [id = ''] = ids;
    const before = await cli.json<Envelope>('events', id);
    const cut = await cli.run('prune', '--session', id, '--keep-events', '2');
    expect(cut.out).toMatch(/^1 run cut\n/);
    expect(await cli.json<Envelope>('events', id)).toEqual(before.slice(-2));
    const shown = await cli.run('show', id);
    expect(shown.out).toContain(`${id}  completed`);
    expect(await cli.run('verify', id)).toMatchObject({ code: 0 });
    expect(await cli.run('doctor')).toMatchObject({ code: 0 });
  });
});
