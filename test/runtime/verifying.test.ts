import { describe, expect, it } from 'vitest';
import { type CheckStatus, defineRun } from '../../src/index.ts';
import { codeOf, expectSound, open, PLACES, typesOf } from '../support/runtime/helpers.ts';

const check = (status: CheckStatus, required = true) => ({ name: status, status, required });

describe.each(PLACES)('on %s', (_, create) => {
  it('a run that requires verification completes only after a report that passed', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open({ requireVerification: true });
    const report = (...checks: unknown[]) => run.record({ type: 'verification.reported', checks });
    const refused = async (): Promise<void> => {
      const { eventCount } = await run.snapshot();
      expect(await codeOf(run.complete())).toBe('VERIFICATION_REQUIRED');
      expect(await codeOf(run.record({ type: 'run.completed' }))).toBe('VERIFICATION_REQUIRED');
      expect(await run.snapshot()).toMatchObject({ eventCount });
    };
    await refused();
    await report(check('passed'), check('failed'));
    await refused();
    await report(check('passed'), check('needs_review'));
    await refused();
    await report();
    expect(await run.snapshot()).toMatchObject({ verification: { summary: 'skipped' } });
    await refused();
    await report(check('passed'), check('needs_review', false), check('skipped', false));
    expect(await run.snapshot()).toMatchObject({ verification: { summary: 'passed' } });
    expect(await run.complete('ok')).toMatchObject({ outcome: 'completed' });
    await expectSound(stores, run.id);
  });

  it('a run that requires verification may fail and be cancelled without one', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const failing = await runtime.open({ requireVerification: true });
    expect(await failing.fail('x')).toMatchObject({ outcome: 'failed' });
    const cancelled = await runtime.open({ requireVerification: true });
    expect(await cancelled.cancel()).toMatchObject({ outcome: 'cancelled' });
    // On a run that is over a completion is late like anything else.
    expect(await cancelled.complete()).toMatchObject({ outcome: 'already-cancelled' });
  });

  it('a report and the completion may be sent at once', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const run = await runtime.open({ requireVerification: true });
    const [early, , receipt] = await Promise.all([
      codeOf(run.complete()),
      run.record({ type: 'verification.reported', checks: [check('passed')] }),
      run.complete(),
    ]);
    expect(early).toBe('VERIFICATION_REQUIRED');
    expect(receipt).toMatchObject({ outcome: 'completed', seq: 3 });
  });

  it.each([
    ['passed', [['passed', true]], 'completed'],
    ['true', [[true, true]], 'completed'],
    ['no check', [], 'completed'],
    ['false', [[false, true]], 'failed'],
    [
      'failed',
      [
        ['passed', true],
        ['failed', true],
      ],
      'failed',
    ],
    ['failed, not required', [['failed', false]], 'failed'],
    ['needs_review', [['needs_review', true]], 'failed'],
    [
      'needs_review, not required',
      [
        ['needs_review', false],
        ['passed', true],
      ],
      'completed',
    ],
    ['skipped', [['skipped', true]], 'failed'],
    ['skipped, not required', [['skipped', false]], 'completed'],
  ] as const)('a definition whose verify reports %s', async (_name, checks, status) => {
    using place = create();
    const stores = place.stores();
    const verified = defineRun<undefined, undefined, number>({
      name: 'verified',
      execute: () => 7,
      verify: ({ result, check: report }) => {
        expect(result).toBe(7);
        for (const [outcome, required] of checks) report('c', outcome, { required });
      },
    });
    await using runtime = await open({ stores, definitions: [verified] });
    const run = await runtime.start(verified);
    expect(await codeOf(run.result())).toBe(status === 'completed' ? 'none' : 'RUN_FAILED');
    const { error, ...snapshot } = await run.snapshot();
    expect(snapshot.status).toBe(status);
    expect(error?.code).toBe(status === 'failed' ? 'VERIFICATION_FAILED' : undefined);
    expect(typesOf(await expectSound(stores, run.id)).slice(3, 5)).toEqual([
      'verification.started',
      'verification.reported',
    ]);
  });

  it('a verify that throws fails the run with what it threw', async () => {
    using place = create();
    const broken = defineRun({
      name: 'broken',
      execute: () => {},
      verify: () => {
        throw new RangeError('cannot tell');
      },
    });
    await using runtime = await open({ stores: place.stores(), definitions: [broken] });
    const run = await runtime.start(broken);
    expect(await codeOf(run.result())).toBe('RUN_FAILED');
    expect(await run.snapshot()).toMatchObject({
      error: { name: 'RangeError', message: 'cannot tell' },
      verification: null,
    });
  });

  it('a definition without verify cannot complete a run that requires it', async () => {
    using place = create();
    const plain = defineRun({ name: 'plain', execute: () => {} });
    await using runtime = await open({ stores: place.stores(), definitions: [plain] });
    const run = await runtime.start(plain, { requireVerification: true });
    expect(await codeOf(run.result())).toBe('RUN_FAILED');
    expect((await run.snapshot()).error).toMatchObject({ code: 'VERIFICATION_REQUIRED' });
  });
});
