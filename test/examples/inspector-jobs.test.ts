import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputRecord } from '../../src/index.ts';
import { type Demo, openDemo } from '../../scripts/inspector-demo/open-demo.ts';
import { eventually } from '../support/runtime/helpers.ts';
import { problemOfBuild } from '../support/built.ts';

/** What each run that has a name of its own is in the end. */
const STANDING = {
  'build-cancelled': 'cancelled',
  'build-timeout': 'failed RUN_TIMEOUT',
  'by-hand': 'completed',
  'check-queued': 'created',
  'import-silent': 'executing, stalled',
  'licence-found': 'completed',
  'measure-queued': 'created',
  'nightly-lost': 'executing, owner gone',
  'purchase-ordered': 'executing, parked',
  'purchase-waiting': 'executing, parked',
  'release-ready': 'completed',
  'release-refused': 'failed VERIFICATION_FAILED',
  'review-published': 'completed',
  'review-resumed': 'executing, parked',
  'review-stricter': 'completed',
  'review-waiting': 'executing, parked',
};

describe('the jobs to look at', () => {
  let folder: string;
  let demo: Demo;

  beforeAll(async () => {
    const problem = problemOfBuild();
    if (problem !== undefined) throw new Error(problem);
    folder = await mkdtemp(join(tmpdir(), 'runchart-demo-'));
    demo = await openDemo({ folder });
  }, 60_000);

  afterAll(async () => {
    await demo?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function standing(): Promise<Record<string, string>> {
    const { runs } = await demo.runtime.list();
    const named = runs.filter(({ snapshot }) => !snapshot.runId.startsWith('run_'));
    return Object.fromEntries(
      named.map(({ snapshot: { runId, status, error, waiting }, owner, isStalled }) => {
        if (isStalled) return [runId, `${status}, stalled`];
        if (owner?.alive === false) return [runId, `${status}, owner gone`];
        if (waiting?.parked === 'waiting') return [runId, `${status}, parked`];
        return [runId, error === null ? status : `${status} ${error.code}`];
      }),
    );
  }

  it('end, wait, stall and are left behind as they are meant to', async () => {
    await eventually(async () => (await demo.runtime.info('import-silent')).isStalled, 10_000);
    // A run that waits is let go of a moment after it began to.
    await eventually(async () => (await standing())['review-resumed'] === 'executing, parked');
    expect(await standing()).toEqual(STANDING);
  });

  it('retry what failed for a reason, and go on with what a killed process began', async () => {
    const run = await demo.runtime.get('review-resumed');
    const snapshot = await run.snapshot();
    expect(snapshot.attempt).toBeGreaterThan(1);
    const failed: unknown[] = [];
    for await (const { event, seq } of run.events()) {
      if (event.type === 'step.failed') failed.push(event['error']);
      if (seq === snapshot.eventCount) break;
    }
    expect(failed.length).toBeGreaterThanOrEqual(2);
    for (const error of failed) expect(error).toMatchObject({ code: 'EEXIST' });
  });

  it('give out images and texts that name what they were made from', async () => {
    const { outputs } = await demo.runtime.get('review-published');
    const named = async (name: string): Promise<OutputRecord> => {
      const found = await outputs.latestByArtifact(name);
      if (found === undefined) throw new Error(`Expected an artifact ${name}`);
      return found;
    };
    const png: Uint8Array[] = [];
    const bytes = await outputs.read(await named('lines per folder, bars'));
    for await (const part of bytes) png.push(part);
    expect(Buffer.concat(png).subarray(1, 4).toString()).toBe('PNG');
    const review = await named('review');
    expect(review.parentRefs).toContain((await named('lines per folder')).id);
    expect(await outputs.value(await named('published review'))).toContain('| TypeScript |');
  });

  it('find more in a fork with stricter limits, and leave a store in which all is well', async () => {
    const findings = async (runId: string): Promise<number> => {
      const result = (await demo.runtime.get(runId)).result();
      return ((await result) as { findings: number }).findings;
    };
    expect(await findings('review-stricter')).toBeGreaterThan(await findings('review-published'));
    for await (const { runId, problems } of demo.runtime.verifyAll()) {
      expect(problems, runId).toEqual([]);
    }
  });

  it('are served', async () => {
    const response = await fetch(`${demo.url}/v1/runs/purchase-waiting`);
    expect(await response.json()).toMatchObject({ snapshot: { definition: 'purchase' } });
  });
});
