import { expect, it } from 'vitest';
import { codeOf, expectSound, memoryPlace, open, waiting } from '../support/runtime/helpers.ts';

it.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'])(
  '[I7] an event called %s is recorded like any other: no hook runs, nobody is fenced',
  async (type) => {
    const ended: string[] = [];
    using place = memoryPlace();
    const stores = place.stores();
    await using runtime = await open({
      stores,
      hooks: { onTerminal: ({ runId }) => ended.push(runId) },
    });
    const run = await runtime.open();
    await run.record({ type });
    expect(ended).toEqual([]);
    expect(await run.snapshot()).toMatchObject({ epoch: 1, status: 'created' });
    await run.record({ type: 'log' });
    expect(await run.complete()).toMatchObject({ outcome: 'completed', seq: 4 });
    await expectSound(stores, run.id);
  },
);

it('[I3] an expectedSeq is judged by what is stored, not by what this runtime saw last', async () => {
  using place = memoryPlace();
  await using first = await open({ stores: place.stores() });
  await using second = await open({ stores: place.stores() });
  const mine = await first.open();
  const theirs = await second.get(mine.id);
  await theirs.record({ type: 'log' });
  await mine.record({ type: 'log' });
  const { seq } = await mine.record({ type: 'log' });
  expect(await theirs.record({ type: 'log' }, { expectedSeq: seq })).toMatchObject({
    seq: seq + 1,
  });
});

it('a verification that another runtime recorded counts', async () => {
  using place = memoryPlace();
  await using first = await open({ stores: place.stores() });
  await using second = await open({ stores: place.stores() });
  const mine = await first.open({ requireVerification: true });
  await mine.record({ type: 'log' });
  const theirs = await second.get(mine.id);
  const checks = [{ name: 'tests', status: 'passed', required: true }];
  await theirs.record({ type: 'verification.reported', checks });
  expect(await mine.complete()).toMatchObject({ outcome: 'completed' });
});

it('[I7] a run that was claimed while it waited in its lane is driven by the claimer alone', async () => {
  const { definition, begun, finish, hasBegun } = waiting();
  await using runtime = await open({ definitions: [definition] });
  const first = await runtime.start(definition, { sessionId: 's' });
  const second = await runtime.start(definition, { sessionId: 's' });
  await hasBegun(first.id);
  const claimed = await runtime.claim(second.id);
  finish(first.id);
  await first.result();
  await runtime.drain();
  expect(begun).toEqual([first.id]);
  expect(await claimed?.complete('by the claimer')).toMatchObject({ outcome: 'completed' });
});

it('[I9] a cancel that wins while the work hands in its result aborts the signal', async () => {
  const { definition, finish, hasBegun, signal } = waiting();
  await using runtime = await open({ definitions: [definition] });
  const run = await runtime.start(definition);
  await hasBegun(run.id);
  finish(run.id);
  const cancelling = run.cancel();
  const { outcome } = await cancelling;
  expect(outcome).toBe('cancelled');
  expect(signal(run.id).aborted).toBe(true);
});

it('[I7] claims at once count their attempts', async () => {
  using place = memoryPlace();
  await using first = await open({ stores: place.stores() });
  await using second = await open({ stores: place.stores() });
  const run = await first.open();
  await Promise.all([first.claim(run.id), second.claim(run.id), first.claim(run.id)]);
  expect(await run.snapshot()).toMatchObject({ attempt: 3, epoch: 4 });
});

it('[I7] opening again with the key of a run that was taken over does not take it back', async () => {
  using place = memoryPlace();
  await using first = await open({ stores: place.stores() });
  await using second = await open({ stores: place.stores() });
  const options = { runId: 'run_once', idempotencyKey: 'once' };
  await first.open(options);
  const claimed = await second.claim('run_once');
  const again = await first.open(options);
  await second.claim('run_once');
  expect(await codeOf(claimed?.record({ type: 'log' }) ?? Promise.resolve())).toBe('OWNER_FENCED');
  // The same answer as the first time, whose epoch is over.
  expect(await codeOf(again.record({ type: 'log' }))).toBe('OWNER_FENCED');
});

it('[I7] an owner that was fenced records late events once another runtime has ended the run', async () => {
  using place = memoryPlace();
  await using first = await open({ stores: place.stores() });
  await using second = await open({ stores: place.stores() });
  const old = await first.open();
  await first.claim(old.id);
  await (await second.get(old.id)).complete();
  expect(await old.record({ type: 'log' })).toMatchObject({ seq: 4, late: true });
});

it('[I7] a claim gets through though another runtime has told of an earlier attempt', async () => {
  using place = memoryPlace();
  await using first = await open({ stores: place.stores() });
  await using second = await open({ stores: place.stores() });
  const run = await first.open();
  await run.record({ type: 'attempt.started', attempt: 9 });
  await (await second.get(run.id)).record({ type: 'attempt.started', attempt: 2 });
  expect(await (await first.claim(run.id))?.snapshot()).toMatchObject({ attempt: 3, epoch: 2 });
});

it('[I7] a cancel by a fenced owner and what it records right behind do not go round in circles', async () => {
  using place = memoryPlace();
  await using first = await open({ stores: place.stores() });
  await using second = await open({ stores: place.stores() });
  const old = await first.open();
  await second.claim(old.id);
  // From here on the first runtime knows of the take-over: the two go into one commit.
  expect(await codeOf(old.record({ type: 'log' }))).toBe('OWNER_FENCED');
  const [receipt, envelope] = await Promise.all([old.cancel(), old.record({ type: 'log' })]);
  expect(receipt).toMatchObject({ outcome: 'cancelled', seq: 3 });
  expect(envelope).toMatchObject({ seq: 4, late: true });
});
