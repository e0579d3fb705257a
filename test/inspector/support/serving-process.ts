import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('serving-child.ts', import.meta.url));

/** What a server holds, after its garbage was collected. */
export interface Held {
  /** Those that follow what changes. */
  readonly streams: number;
  readonly heapBytes: number;
}

/** A server of the inspector that is a process of its own, over a store that others write to. */
export interface ServingProcess extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  held(): Promise<Held>;
  /** Ends it as it should be ended, and resolves when it has. */
  close(): Promise<void>;
  /** Ends it as nobody would want, and resolves when it is gone. */
  kill(): Promise<void>;
}

/** Serves the store in a file. Rejects when the process ends before it listens. */
export async function servingProcess(
  database: string,
  { port = 0, token }: { readonly port?: number; readonly token?: string } = {},
): Promise<ServingProcess> {
  const words = [database, String(port), ...(token === undefined ? [] : [token])];
  const child = fork(CHILD, words, { execArgv: ['--expose-gc'] });
  const ended = once(child, 'exit');
  const url = await Promise.race([answerOf<string>(child), ended.then(() => undefined)]);
  if (url === undefined) throw new Error('The server ended before it listened.');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return {
    url,
    port: Number(new URL(url).port),
    held: () => {
      child.send('held');
      return answerOf<Held>(child);
    },
    close: async () => {
      child.send('close');
      await ended;
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const [answer] = (await once(child, 'message')) as [T];
  return answer;
}
