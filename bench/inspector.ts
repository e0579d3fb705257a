import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import { type Chromium, launchChromium } from '../test/inspector/support/chromium.ts';
import { watchedPage } from '../test/inspector/support/watched-page.ts';
import type { Ready, Recorded } from './inspector-server.ts';
import { quantile } from './probe.ts';

/** What somebody does with pages before the next measurement; those of one round come in this order. */
const STAGES = [
  { name: 'no page', pages: 0 },
  { name: 'one page', pages: 1 },
  { name: 'ten pages', pages: 10 },
  { name: 'pages closed again', pages: 0 },
  { name: 'ten pages, browser killed', pages: 0, isKill: true },
] as const;
/** How long a server may take to notice that a page is gone, in milliseconds. */
const SETTLE_MS = 1_000;
/** What a page asks from time to time has to come more than once within a trial. */
const LEAST_MS = 3_000;
const MIB = 1024 * 1024;

/**
 * What looking costs those who record: one server process per round, the pages of a real browser come and go.
 * Pages and server share the processors, so the rate falls by what the browser draws; the CPU per event is the
 * server's own.
 */
export async function benchInspector(rounds: number, givenMs: number): Promise<void> {
  const trialMs = Math.max(LEAST_MS, givenMs);
  console.log(
    '\ninspector: 100 runs on SQLite and a busy one, looked at with Chromium; half of the pages on the list, half on the busy run',
  );
  const measured = STAGES.map((): Recorded[] => []);
  for (let round = 0; round < rounds; round += 1) {
    const each = await oneRound(trialMs);
    for (const [stage, recorded] of each.entries()) measured[stage]?.push(recorded);
  }
  const [alone = []] = measured;
  for (const [stage, { name }] of STAGES.entries()) {
    const here = measured[stage] ?? [];
    const ratio = (key: keyof Recorded): string => {
      const ratios = here.map((one, round) => one[key] / (alone[round]?.[key] ?? Number.NaN));
      return quantile(ratios, 0.5).toFixed(2);
    };
    const median = (key: keyof Recorded): number =>
      quantile(
        here.map((one) => one[key]),
        0.5,
      );
    // At another rate the same work for pages is another share of each event.
    const more = here.map(
      ({ cpuUs, perSecond }, round) => (cpuUs - (alone[round]?.cpuUs ?? Number.NaN)) * perSecond,
    );
    console.log(
      `  ${name}: ${median('perSecond').toFixed(0)} appends/s, ${ratio('perSecond')} of those with none; ` +
        `${median('cpuUs').toFixed(1)} us of CPU per event, ${ratio('cpuUs')} times, ` +
        `that is ${(quantile(more, 0.5) / 1_000).toFixed(0)} ms more a second; ` +
        `${(median('heap') / MIB).toFixed(1)} MiB of heap, ${ratio('heap')} times`,
    );
  }
}

async function oneRound(trialMs: number): Promise<Recorded[]> {
  const file = fileURLToPath(new URL('inspector-server.ts', import.meta.url));
  const server = fork(file, [], { execArgv: ['--expose-gc'] });
  const [ready] = (await once(server, 'message')) as [Ready];
  await using browser = await launchChromium();
  try {
    // The first events are slower than all others.
    await record(server, trialMs);
    const recorded: Recorded[] = [];
    const opened: BrowserContext[] = [];
    for (const { pages, ...stage } of STAGES) {
      for (const context of opened.splice(0)) await context.close();
      if ('isKill' in stage) {
        await openPages(browser, ready, 10);
        process.kill(browser.pid, 'SIGKILL');
      }
      opened.push(...(await openPages(browser, ready, pages)));
      await sleep(SETTLE_MS);
      recorded.push(await record(server, trialMs));
    }
    return recorded;
  } finally {
    server.disconnect();
  }
}

async function record(server: ChildProcess, ms: number): Promise<Recorded> {
  const told = once(server, 'message');
  server.send(ms);
  const [recorded] = (await told) as [Recorded];
  return recorded;
}

/** Each for a person of its own: pages of one person share what they hear. Resolves when all have drawn. */
async function openPages(
  browser: Chromium,
  { url, busiest }: Ready,
  count: number,
): Promise<readonly BrowserContext[]> {
  const opened: BrowserContext[] = [];
  for (let i = 0; i < count; i += 1) {
    const context = await browser.newContext();
    const { go } = await watchedPage(context, url);
    await go(i % 2 === 0 ? '' : `runs/${busiest}`);
    opened.push(context);
  }
  return opened;
}
