import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { defineRun, type Runtime } from '../../src/index.ts';
import { ROUTES } from '../../src/server/routes/index.ts';
import { eventually } from '../support/runtime/helpers.ts';
import { served } from '../support/server/served.ts';

const asking = defineRun({
  name: 'asking',
  execute: async ({ checkpoint, interrupt }) => {
    await checkpoint('first');
    return interrupt({ question: 'Go on?' });
  },
});

interface Repeated {
  readonly path: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How each operation that changes something is asked for, on runs of its own. */
const REPEATED: Readonly<Record<string, (runtime: Runtime) => Promise<Repeated>>> = {
  startRun: async () => ({ path: '/v1/runs', body: { definition: 'asking' } }),
  openRun: async () => ({ path: '/v1/runs/open', body: { prompt: 'x' } }),
  forkRun: async (runtime) => {
    const { id } = await begun(runtime);
    return { path: `/v1/runs/${id}/fork`, body: {} };
  },
  claimRun: async (runtime) => ({ path: `/v1/runs/${(await runtime.open()).id}/claim`, body: {} }),
  recordEvent: (runtime) => ofRun(runtime, 'events', { event: { type: 'text.delta', text: 'x' } }),
  sendSignal: (runtime) => ofRun(runtime, 'signals', { signal: { a: 1 } }),
  completeRun: (runtime) => ofRun(runtime, 'complete', { result: 1 }),
  failRun: (runtime) => ofRun(runtime, 'fail', { error: { name: 'Error', message: 'x' } }),
  cancelRun: (runtime) => ofRun(runtime, 'cancel', { reason: 'x' }),
  giveOutput: (runtime) => ofRun(runtime, 'outputs', { kind: 'artifact', name: 'a', value: 1 }),
  giveContent: (runtime) => ofRun(runtime, 'contents?name=x', 'some bytes'),
  answerInterrupt: async (runtime) => {
    const run = await begun(runtime);
    const [asked] = await run.interrupts.list();
    return {
      path: `/v1/runs/${run.id}/interrupts/${asked?.id}/answer`,
      body: { token: asked?.token, value: 'yes' },
    };
  },
};

async function begun(runtime: Runtime) {
  const run = await runtime.start('asking');
  await eventually(async () => (await run.interrupts.list()).length === 1);
  return run;
}

async function ofRun(runtime: Runtime, what: string, body: unknown): Promise<Repeated> {
  const run = await runtime.open();
  return { path: `/v1/runs/${run.id}/${what}`, body, headers: { 'run-epoch': String(run.epoch) } };
}

/** What a request could have done twice. */
async function effects(runtime: Runtime): Promise<unknown> {
  const { runs } = await runtime.list({ limit: 1_000 });
  const all = runs.map(async ({ snapshot: { runId } }) => {
    const run = await runtime.get(runId);
    const events: string[] = [];
    for await (const { event } of run.events({ live: false })) events.push(event.type);
    return [
      runId,
      events.filter((type) => !/^attempt|^run.completed$/.test(type)),
      (await run.outputs.list()).length,
    ];
  });
  return Promise.all(all);
}

/** Sends a request, and goes before the answer can come. */
function sendAndGo(
  url: string,
  init: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<void> {
  const { hostname, port, pathname, search } = new URL(url);
  const headers = Object.entries(init.headers);
  const { body } = init;
  const head = [...headers, ['host', 'localhost'], ['content-length', String(body.length)]]
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.end(`POST ${pathname}${search} HTTP/1.1\r\n${head}\r\n${body}`, () => {
        setTimeout(() => socket.destroy(), 1);
      });
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}

describe('a request with an Idempotency-Key', () => {
  test('is known for every operation that changes something, but prune, which finds nothing more to do, and checks, which change nothing', () => {
    const changing = ROUTES.filter(({ method }) => method === 'POST').map(({ name }) => name);
    expect(new Set([...Object.keys(REPEATED), 'pruneRuns', 'checkFork'])).toEqual(
      new Set(changing),
    );
  });

  test.each(Object.entries(REPEATED))(
    '%s is done once and answered alike: again, at once, and after its answer was lost',
    async (name, make) => {
      await using place = await served({}, { definitions: [asking] });
      for (const how of ['again', 'at once', 'lost'] as const) {
        const { path, body, headers = {} } = await make(place.runtime);
        const url = `${place.url}${path}`;
        const isText = typeof body === 'string';
        const init = {
          method: 'POST',
          body: isText ? body : JSON.stringify(body),
          headers: {
            'content-type': isText ? 'text/plain' : 'application/json',
            'idempotency-key': `${name}%20${how.replace(' ', '')}%E2%82%AC`,
            ...headers,
          },
        };
        const ask = async (): Promise<unknown> => {
          const response = await fetch(url, init);
          return [response.status, await response.json()];
        };
        const answers: unknown[] = [];
        if (how === 'lost') await sendAndGo(url, init);
        if (how === 'at once') answers.push(...(await Promise.all([1, 2, 3, 4, 5].map(ask))));
        answers.push(await ask());
        const [[status]] = answers as [[number]];
        expect([name, how, status < 300 ? 'done' : answers[0]]).toEqual([name, how, 'done']);
        // What begins by itself has to have begun.
        if (/^(start|fork)Run$/.test(name)) {
          const { runId } = (answers[0] as [number, { runId: string }])[1];
          const run = await place.runtime.get(runId);
          await eventually(async () => (await run.interrupts.list()).length === 1);
        }
        if (name === 'answerInterrupt') {
          const runId = path.split('/')[3] ?? '';
          const run = await place.runtime.get(runId);
          await run.result();
        }
        const before = await effects(place.runtime);
        answers.push(await ask(), await ask());
        expect([how, await effects(place.runtime)]).toEqual([how, before]);
        for (const answer of answers) expect([how, answer]).toEqual([how, answers[0]]);
        if (name === 'recordEvent' || name === 'giveContent') {
          const runId = path.split('/')[3] ?? '';
          expect((await (await place.runtime.get(runId)).snapshot()).eventCount).toBe(2);
        }
      }
    },
  );
});
