import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import { type Chromium, launchChromium } from '../test/inspector/support/chromium.ts';
import { watchedPage } from '../test/inspector/support/watched-page.ts';
import type { Order, Ready, Recorded } from './inspector-server.ts';
import { pin } from './pin.ts';
import { quantile } from './probe.ts';

/** What somebody does with pages while it is measured, each time beside a measurement without any. */
const STAGES = [
  { name: 'one page', pages: 1 },
  { name: 'ten pages', pages: 10 },
  { name: 'ten pages, all closed', pages: 10, end: 'close' },
  { name: 'ten pages, browser killed', pages: 10, end: 'kill' },
] as const;
/** How long pages may take to open their streams, and a server to notice that they are gone, in milliseconds. */
const SETTLE_MS = 3_000;
/** What a page asks from time to time has to come more than once within a trial. */
const LEAST_MS = 3_000;
/** A load that leaves a processor half of its time, and all that one takes. */
const LOADS = [5_000, undefined] as const;
const MIB = 1024 * 1024;

/** The same server just before a stage and in it. */
interface Measured {
  readonly alone: Recorded;
  readonly looked: Recorded;
}

/**
 * What looking costs those who record: one server process per round, the pages of a real browser come and go.
 * The server has a processor, the browser another, so that what the browser draws does not count; where processes
 * cannot be kept apart they share all of them, and the rate falls by that too.
 */
export async function benchInspector(rounds: number, givenMs: number): Promise<void> {
  const trialMs = Math.max(LEAST_MS, givenMs);
  // The browser is a process of this one, and has its processor.
  const isApart = pin(process.pid, 1);
  console.log(
    '\ninspector: 100 runs on SQLite and a busy one, looked at with Chromium; half of the pages on the list, half on the busy run; ' +
      (isApart
        ? 'server and browser on a processor each'
        : 'server and browser share the processors'),
  );
  for (const offered of LOADS) {
    console.log(
      ` ${offered === undefined ? 'as many appends as it takes' : `${offered} appends/s`}:`,
    );
    const measured = STAGES.map((): Measured[] => []);
    for (let round = 0; round < rounds; round += 1) {
      const each = await oneRound({ ms: trialMs, ...(offered && { offered }) }, isApart);
      for (const [stage, one] of each.entries()) measured[stage]?.push(one);
    }
    for (const [stage, { name }] of STAGES.entries()) tellStage(name, measured[stage] ?? []);
  }
}

function tellStage(name: string, measured: readonly Measured[]): void {
  const middle = (of: (one: Measured) => number): number => quantile(measured.map(of), 0.5);
  const ratio = (key: keyof Recorded): string =>
    middle(({ alone, looked }) => looked[key] / alone[key]).toFixed(2);
  console.log(
    `  ${name}: ${middle(({ looked }) => looked.perSecond).toFixed(0)} appends/s, ${ratio('perSecond')} of those before; ` +
      `each ${middle(({ looked }) => looked.middleMs).toFixed(2)} ms, ${ratio('middleMs')} times; ` +
      `${middle(({ looked }) => looked.cpuMs).toFixed(0)} ms of CPU a second, ${ratio('cpuMs')} times; ` +
      `${(middle(({ looked }) => looked.heap) / MIB).toFixed(1)} MiB of heap, ${ratio('heap')} times`,
  );
}

async function oneRound(order: Order, isApart: boolean): Promise<Measured[]> {
  const file = fileURLToPath(new URL('inspector-server.ts', import.meta.url));
  const server = fork(file, [], { execArgv: ['--expose-gc'] });
  const [ready] = (await once(server, 'message')) as [Ready];
  if (isApart) pin(server.pid, 0);
  try {
    // The first events are slower than all others.
    await record(server, order);
    const measured: Measured[] = [];
    for (const { pages, ...stage } of STAGES) {
      await using browser = await launchChromium();
      const alone = await record(server, order);
      const opened = await openPages(browser, ready, pages);
      await sleep(SETTLE_MS);
      if ('end' in stage) {
        if (stage.end === 'kill') process.kill(browser.pid, 'SIGKILL');
        else for (const context of opened) await context.close();
        await sleep(SETTLE_MS);
      }
      measured.push({ alone, looked: await record(server, order) });
    }
    return measured;
  } finally {
    server.disconnect();
  }
}

async function record(server: ChildProcess, order: Order): Promise<Recorded> {
  const told = once(server, 'message');
  server.send(order);
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
