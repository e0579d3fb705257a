import { defineRun, type Run, type Runtime } from '../../../src/index.ts';
import type { Route } from '../../../src/server/route.ts';
import { eventually, open } from '../runtime/helpers.ts';

/** A runtime with one run of everything: outputs, files, checkpoints, a question, a result to come. */
export interface BusyRuntime extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly runId: string;
  readonly run: Run;
  readonly fileId: string;
  readonly interrupt: { readonly id: string; readonly token: string };
  /** Everything that a request could change. */
  state(): Promise<unknown>;
}

/** `word` stands in everything that can hold a word. */
export async function busyRuntime(word = 'word'): Promise<BusyRuntime> {
  const definition = defineRun({
    name: `busy-${word}`,
    execute: async ({ interrupt, checkpoint, outputs, emit }) => {
      await emit({ type: 'custom.said', word });
      await outputs.progress(word, word);
      await outputs.artifact(word, { word });
      await outputs.partial(word);
      await outputs.bytes(`${word}.txt`, Buffer.from(word), { mime: 'text/plain' });
      await outputs.bytes(`${word}.bin`, Buffer.from(word), { mime: `application/${word}` });
      await outputs.artifact('big', word.repeat(20_000));
      await checkpoint(word);
      await interrupt({ name: word, question: word });
      return word;
    },
  });
  const runtime = await open({ definitions: [definition] });
  const run = await runtime.start(definition, {
    runId: 'busy',
    prompt: word,
    input: { word },
  });
  await eventually(async () => (await run.interrupts.list()).length === 1);
  const [interrupt] = await run.interrupts.list();
  const outputs = await run.outputs.list();
  const file = outputs.find(
    ({ event }) => event.type === 'artifact' && event.content.kind === 'file',
  );
  if (interrupt === undefined || file === undefined) throw new TypeError('Expected a busy run');
  return {
    runtime,
    runId: 'busy',
    run,
    fileId: file.id,
    interrupt,
    state: async () => [
      (await runtime.list()).runs.map(({ snapshot }) => snapshot),
      (await run.outputs.list()).length,
      await run.interrupts.list(),
    ],
    [Symbol.asyncDispose]: () => runtime.close({ graceMs: 0 }),
  };
}

const BODIES: Readonly<Record<string, (busy: BusyRuntime) => unknown>> = {
  startRun: () => ({ definition: 'busy-word' }),
  openRun: () => ({ runId: 'new' }),
  recordEvent: () => ({ event: { type: 'text.delta', text: 'x' } }),
  sendSignal: () => ({ signal: 1 }),
  failRun: () => ({ error: { name: 'Error', message: 'x' } }),
  giveOutput: () => ({ kind: 'partial', value: 1 }),
  answerInterrupt: ({ interrupt }) => ({ token: interrupt.token, value: 1 }),
  pruneRuns: () => ({ olderThanMs: 0 }),
};

const QUERIES: Readonly<Record<string, string>> = {
  latestOutput: '?artifact=big',
  giveContent: '?name=x',
};

/** A request of an operation that would do something, if it were allowed. */
export function requestFor({ name, method, path }: Route, busy: BusyRuntime): Request {
  const filled = path
    .replace('{runId}', busy.runId)
    .replace('{outputId}', busy.fileId)
    .replace('{interruptId}', encodeURIComponent(busy.interrupt.id))
    .replace('{superStep}', '1');
  const url = `http://localhost${filled}${QUERIES[name] ?? ''}`;
  if (method === 'GET') return new Request(url);
  const body = JSON.stringify(BODIES[name]?.(busy) ?? {});
  return new Request(url, { method, body, headers: { 'content-type': 'application/json' } });
}
