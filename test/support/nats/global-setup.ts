import type { TestProject } from 'vitest/node';
import { findNatsServer } from './find-nats-server.ts';
import { startNatsServer } from './nats-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A server that all tests of the project share, each under names of its own. */
    readonly nats: { readonly url: string; readonly monitor: string };
  }
}

/** Starts the server that tests share. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (findNatsServer() === undefined) return async () => undefined;
  // Where the tests have theirs: it may be in memory.
  const folder = project.config.env['TMPDIR'];
  const server = await startNatsServer(typeof folder === 'string' ? { folder } : {});
  project.provide('nats', { url: server.url, monitor: server.monitor });
  return () => server.close();
}
