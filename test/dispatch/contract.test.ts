import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dispatch, DispatchJob, Host, Hosted, Service } from '../../src/index.ts';
import { KINDS, type Place } from './support/places.ts';

const job = (runId: string, sessionId = runId): DispatchJob => ({ runId, sessionId, priority: 0 });

/** A host that tells what it drives, and lets the test say how it ends. */
class Watched {
  readonly began: string[] = [];
  now = 0;
  most = 0;
  readonly #answer: (runId: string, signal: AbortSignal) => Promise<Hosted> | Hosted;

  constructor(answer: (runId: string, signal: AbortSignal) => Promise<Hosted> | Hosted) {
    this.#answer = answer;
  }

  readonly host: Host = async (runId, signal) => {
    this.began.push(runId);
    this.now += 1;
    this.most = Math.max(this.most, this.now);
    try {
      return await this.#answer(runId, signal);
    } finally {
      this.now -= 1;
    }
  };

  times(runId: string): number {
    return this.began.filter((id) => id === runId).length;
  }

  /** Resolves when so many have ended; and a while later, in which there were no more. */
  async ended(count: number): Promise<void> {
    await expect.poll(() => this.began.length - this.now).toBe(count);
    await sleep(100);
    expect(this.began).toHaveLength(count);
  }
}

const untilAborted = (signal: AbortSignal): Promise<Hosted> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve('released');
    signal.addEventListener('abort', () => resolve('released'));
  });

describe.each(KINDS)('$name', ({ open, isShared }) => {
  let place: Place;
  let queues = 0;
  const faults: unknown[] = [];
  const opened: { dispatch: Dispatch; service: Service }[] = [];

  beforeAll(async () => {
    place = await open();
  });
  afterAll(async () => {
    for (const { dispatch, service } of opened) {
      await service.stop('the test is over');
      await dispatch.close?.();
    }
    await place[Symbol.asyncDispose]();
    expect(faults).toEqual([]);
  });

  /** Somebody who serves a queue; a new one unless it is named. */
  async function serve(
    { host }: Watched,
    { name = `queue-${(queues += 1)}`, concurrency = 10 } = {},
  ): Promise<{ dispatch: Dispatch; service: Service; name: string }> {
    const dispatch = place.dispatch(name, concurrency);
    await dispatch.open?.({ onError: (error) => faults.push(error) });
    const service = dispatch.serve(host);
    opened.push({ dispatch, service });
    return { dispatch, service, name };
  }

  it('a run that is submitted once is hosted once', async () => {
    const watched = new Watched(() => 'terminal');
    const { dispatch, service } = await serve(watched);
    for (let n = 0; n < 30; n += 1) dispatch.submit(job(`run ${n}`));
    await watched.ended(30);
    await service.drained();
    expect(watched.began.toSorted()).toEqual(
      Array.from({ length: 30 }, (_, n) => `run ${n}`).toSorted(),
    );
  });

  it('a run that is submitted often is hosted at most once at a time', async () => {
    const running = new Set<string>();
    let twice = 0;
    const watched = new Watched(async (runId): Promise<Hosted> => {
      if (running.has(runId)) twice += 1;
      running.add(runId);
      await sleep(20);
      running.delete(runId);
      return 'terminal';
    });
    const { dispatch } = await serve(watched);
    for (let n = 0; n < 20; n += 1) {
      dispatch.submit(job('a.b*c >'));
      await sleep(5);
    }
    await expect.poll(() => watched.now).toBe(0);
    expect(watched.times('a.b*c >')).toBeGreaterThan(0);
    expect(twice).toBe(0);
  });

  it('no more runs are hosted than there are places, and a place that gets free is taken', async () => {
    const watched = new Watched(async (): Promise<Hosted> => {
      await sleep(20);
      return 'terminal';
    });
    const { dispatch } = await serve(watched, { concurrency: 3 });
    for (let n = 0; n < 20; n += 1) dispatch.submit(job(`run ${n}`));
    await watched.ended(20);
    expect(watched.most).toBe(3);
  });

  it('a place that is lent is used by another run', async () => {
    let lend = (): void => {};
    const began: string[] = [];
    const { promise: inner, resolve: innerEnds } = Promise.withResolvers<void>();
    const host: Host = async (runId, _, slot) => {
      began.push(runId);
      if (runId === 'parent') {
        lend = slot.lend();
        await inner;
        lend();
      } else innerEnds();
      return 'terminal';
    };
    const { dispatch, service } = await serve(
      Object.assign(new Watched(() => 'terminal'), { host }),
      {
        concurrency: 1,
      },
    );
    dispatch.submit(job('parent'));
    dispatch.submit(job('child'));
    await inner;
    await service.drained();
    expect(began).toEqual(['parent', 'child']);
  });

  it('a run that waits is hosted again when it is submitted again, and not before', async () => {
    let answer: Hosted = 'waiting';
    const watched = new Watched(() => answer);
    const { dispatch } = await serve(watched);
    dispatch.submit(job('a'));
    await watched.ended(1);
    answer = 'terminal';
    dispatch.submit(job('a'));
    await watched.ended(2);
  });

  it('a run that is submitted while it is hosted is looked at once more afterwards', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let looks = 0;
    const watched = new Watched(async (): Promise<Hosted> => {
      looks += 1;
      if (looks > 1) return 'terminal';
      await promise;
      return 'waiting';
    });
    const { dispatch } = await serve(watched);
    dispatch.submit(job('a'));
    await expect.poll(() => watched.now).toBe(1);
    dispatch.submit(job('a'));
    dispatch.submit(job('a'));
    resolve();
    await watched.ended(2);
  });

  it('a run that is over is not looked at again', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const watched = new Watched(async (): Promise<Hosted> => {
      await promise;
      return 'terminal';
    });
    const { dispatch } = await serve(watched);
    dispatch.submit(job('a'));
    await expect.poll(() => watched.now).toBe(1);
    dispatch.submit(job('a'));
    resolve();
    await watched.ended(1);
  });

  it('stopping aborts what is hosted, and resolves when it has ended', async () => {
    const watched = new Watched((_, signal) => untilAborted(signal));
    const { dispatch, service } = await serve(watched, { concurrency: 2 });
    dispatch.submit(job('a'));
    dispatch.submit(job('b'));
    dispatch.submit(job('c'));
    await expect.poll(() => watched.now).toBe(2);
    await service.stop('enough');
    expect(watched.now).toBe(0);
    expect(watched.began.toSorted()).toEqual(['a', 'b']);
  });

  it('it tells how many are driven, and where', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const watched = new Watched(async (): Promise<Hosted> => {
      await promise;
      return 'terminal';
    });
    const { dispatch, service } = await serve(watched, { concurrency: 4 });
    dispatch.submit(job('a', 's'));
    await expect.poll(() => watched.now).toBe(1);
    const stats = service.inspect?.();
    expect(stats).toMatchObject({ concurrency: 4, driven: 1, queued: 0, sessions: 1 });
    expect(stats?.lanes[0]).toMatchObject({ sessionId: 's', runId: 'a', state: 'driven' });
    resolve();
    await service.drained();
  });

  // The lanes are those of one process.
  if (!isShared) return;
  describe('between processes', () => {
    it('what a busy one has no place for, a free one takes', async () => {
      const busy = new Watched((_, signal) => untilAborted(signal));
      const free = new Watched(() => 'terminal');
      const first = await serve(busy, { concurrency: 2 });
      for (let n = 0; n < 10; n += 1) first.dispatch.submit(job(`run ${n}`));
      await expect.poll(() => busy.now).toBe(2);
      await serve(free, { name: first.name });
      await expect.poll(() => free.began.length).toBe(8);
      await sleep(100);
      expect(busy.began.length + free.began.length).toBe(10);
    });

    it('what is released goes to another one', async () => {
      const first = new Watched((_, signal) => untilAborted(signal));
      const second = new Watched(() => 'terminal');
      const { dispatch, service, name } = await serve(first);
      dispatch.submit(job('a'));
      await expect.poll(() => first.now).toBe(1);
      await serve(second, { name });
      await service.stop('it goes home');
      await expect.poll(() => second.times('a')).toBe(1);
    });

    it('what one cannot drive is given to others, and not lost by the first', async () => {
      const stranger = new Watched(() => 'fenced');
      const { dispatch, service, name } = await serve(stranger);
      dispatch.submit(job('a'));
      await expect.poll(() => stranger.times('a')).toBe(1);
      const knower = new Watched(() => 'terminal');
      await serve(knower, { name });
      void service.stop('so that the other one gets it');
      await expect.poll(() => knower.times('a')).toBe(1);
    });

    it('what nobody can drive is left alone after a few looks, and is there again when the store finds it', async () => {
      const stranger = new Watched(() => 'fenced');
      const { dispatch } = await serve(stranger);
      dispatch.submit(job('a'));
      await expect.poll(() => stranger.times('a')).toBe(4);
      await sleep(2_500);
      expect(stranger.times('a')).toBe(4);
      dispatch.submit(job('a'));
      await expect.poll(() => stranger.times('a')).toBeGreaterThan(4);
    });

    it('a process that only submits hands its runs over before it closes', async () => {
      const watched = new Watched(() => 'terminal');
      const { name } = await serve(watched);
      const client = place.dispatch(name, 1);
      await client.open?.({ onError: (error) => faults.push(error) });
      client.submit(job('a'));
      await client.close?.();
      await expect.poll(() => watched.times('a')).toBe(1);
    });

    it('a run that is ours alone is hosted here, and queued for nobody', async () => {
      const other = new Watched(() => 'terminal');
      const here = new Watched(() => 'terminal');
      const { name } = await serve(other);
      const { dispatch } = await serve(here, { name });
      dispatch.submit({ ...job('a'), here: true });
      await expect.poll(() => here.times('a')).toBe(1);
      expect(other.began).toEqual([]);
    });

    it('a process that drains takes nothing more, and ends what it drives', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const leaving = new Watched(async (): Promise<Hosted> => {
        await promise;
        return 'terminal';
      });
      const staying = new Watched(() => 'terminal');
      const { dispatch, service, name } = await serve(leaving);
      dispatch.submit(job('a'));
      await expect.poll(() => leaving.now).toBe(1);
      const drained = service.drained();
      dispatch.submit(job('b'));
      await serve(staying, { name });
      await expect.poll(() => staying.times('b')).toBe(1);
      resolve();
      await drained;
      expect(leaving.began).toEqual(['a']);
    });

    it('a server that is gone is told of, and submits throw nothing', async () => {
      await using gone = await place.another();
      const heard: unknown[] = [];
      const dispatch = gone.dispatch('runs', 1);
      await dispatch.open?.({ onError: (error) => heard.push(error) });
      await gone.kill();
      dispatch.submit(job('a'));
      await expect.poll(() => heard.length).toBeGreaterThan(0);
      await dispatch.close?.();
    });

    it('a server that is not there is refused at the beginning', async () => {
      await using gone = await place.another();
      await gone.kill();
      const dispatch = gone.dispatch('runs', 1);
      const opening = dispatch.open?.({ onError: () => {} });
      await expect(opening).rejects.toMatchObject({ code: 'STORE_FAILED' });
    });
  });
});
