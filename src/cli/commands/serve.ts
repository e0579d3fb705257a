import type { Command } from '../command.ts';
import { SERVING_OPTIONS, serveStore } from '../serving.ts';

/** `runchart serve`: the store over HTTP, until it is asked to end. */
export const serve: Command = {
  name: 'serve',
  operands: '',
  summary: 'Serve the store over HTTP, for every other command with --server, and for programs',
  details: [
    'The store is created if it is not there. Runs of the definitions of --definitions are driven here,',
    'and those whose process died are gone on with.',
    'Ctrl-C or SIGTERM: no new work is taken, runs have 30 s to end, streams are told, and the exit code',
    'is 0; runs that did not end stay active. A second one ends at once.',
    'With --json the line that says where it listens is { "url": ... }.',
  ],
  options: SERVING_OPTIONS,
  minPositionals: 0,
  maxPositionals: 0,
  run: (context) =>
    serveStore(context, {
      name: 'serve',
      inspector: false,
      takesAnyPort: false,
      told: async ({ url }) => ({ url, line: `listening on ${url}` }),
    }),
};
