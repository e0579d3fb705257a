import { Writable } from 'node:stream';
import { runCli } from '../../../src/cli/cli.ts';

/** How a command line ended, and all that it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** What a command line is called with, besides its words. */
export interface Around {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Runs a command line to its end in this process: all of it but the bin, which only looks at the version
 * of Node and hands over what its process has.
 */
export async function runInProcess(argv: readonly string[], around: Around): Promise<Ended> {
  const [stdout, stderr] = [collect(), collect()];
  const streams = { stdout: stdout.stream, stderr: stderr.stream };
  const code = await runCli({ argv, ...around, ...streams });
  return { code, signal: null, out: stdout.text(), err: stderr.text() };
}

/** A stream that keeps what is written to it, and is ready for more only a moment later. */
function collect(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      chunks.push(chunk);
      queueMicrotask(done);
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
