import type { Runtime } from '../../index.ts';
import type { Command, CommandContext } from '../command.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { findRun } from '../runs.ts';
import { SERVING_OPTIONS, serveStore } from '../serving.ts';

/** `runchart inspect`: the store over HTTP, with the page on which runs are looked at. */
export const inspect: Command = {
  name: 'inspect',
  operands: '[RUN]',
  summary: 'Open the inspector: a page that shows runs live, and moves through those that are over',
  details: [
    'The page is served by this process, and asks nobody else. On a terminal it is opened in a browser.',
    'Everything else is as of `runchart serve`: with --definitions runs are started, forked and driven from',
    'the page; without, what others drive is looked at, answered and cancelled.',
    'The address has the token, if there is one, behind a "#": it is not sent, and not in logs.',
    'With --json the line that says where it is is { "url": ..., "inspector": ... }.',
  ],
  options: {
    ...SERVING_OPTIONS,
    'no-open': { type: 'boolean', help: 'only print the address' },
  },
  minPositionals: 0,
  maxPositionals: 1,
  run: (context) =>
    serveStore(context, {
      name: 'inspect',
      inspector: true,
      takesAnyPort: true,
      told: async ({ url, token, runtime }) => {
        const inspector = `${url}/inspect/${await pathOf(context, runtime)}`;
        const address = token === undefined ? inspector : `${inspector}#token=${token}`;
        if (isToBeOpened(context)) openInBrowser(address);
        return { url, inspector: address, line: `the inspector is at ${address}` };
      },
    }),
};

/** Runs are named here as everywhere: by the beginning of an id, too. */
async function pathOf({ positionals: [name] }: CommandContext, runtime: Runtime): Promise<string> {
  if (name === undefined) return '';
  const { snapshot } = await findRun(runtime, name);
  return `runs/${encodeURIComponent(snapshot.runId)}`;
}

function isToBeOpened({ options, stdout }: CommandContext): boolean {
  return options['no-open'] !== true && options['json'] !== true && stdout.isTTY;
}
