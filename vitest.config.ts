import { accessSync, constants, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { findChromium, NO_CHROMIUM } from './test/inspector/support/chromium.ts';
import { findPostgres, NO_POSTGRES } from './test/support/postgres/server.ts';
import { findNatsServer, NO_NATS } from './test/support/nats/find-nats-server.ts';

/** What all tests together may leave in their folders, several times over, in bytes. */
const ROOM = 2 * 1024 ** 3;

const ALL = ['test/**/*.test.ts'];
/** A simulation waits until its whole process has nothing left to do: nobody else may do anything in there. */
const ALONE = ['test/simulation/**/*.test.ts'];
/** What kills processes and servers, and looks at the clock meanwhile: one at a time, with the machine for itself. */
const CHAOS = ['test/chaos/**/*.test.ts'];
/** What has to be true of a runtime also where a program has it through a server and its client. */
const FACES = [
  'test/runtime/{cancelling,changes,definitions,explain,idempotency,keyed-commands,lanes-and-closing,lists,outputs,ownership,prune}.test.ts',
  'test/runtime/{refusals,steps,subscribers,terminal-once,verifying}.test.ts',
  'test/work/{channels,checking-forks,forks-and-children,interrupts,machine,sleeping,state,types}.test.ts',
];

/** The server, and what only works with one. */
const WITH_SERVER = [
  'test/{server,docs}/**/*.test.ts',
  'test/cli/{exec-over-a-server,inspect,record-exec,remote,serve}.test.ts',
];
/** Servers and processes of their own, which are killed and frozen. */
const WITH_QUEUES = ['test/dispatch/**/*.test.ts'];
/** What opens pages in a browser. */
const WITH_BROWSER = ['test/inspector/**/*.test.ts'];
/** What needs a server of Postgres, which is started once for all of it. */
const WITH_POSTGRES = ['test/stores/postgres-*.test.ts'];
const MEASURING = ['test/inspector/{big-log,ten-pages}.test.ts'];
/** What needs a server of NATS, which they start. */
const WITH_NATS = ['test/stores/nats-*.test.ts'];
const HAS_NATS = findNatsServer() !== undefined;
if (!HAS_NATS && process.argv.some((one) => one === 'nats' || one === 'test')) console.log(NO_NATS);
const HAS_BROWSER = findChromium() !== undefined;
if (!HAS_BROWSER && process.argv.includes('inspector')) console.log(NO_CHROMIUM);
const HAS_POSTGRES =
  process.env['RUNCHART_POSTGRES_URL'] !== undefined || findPostgres() !== undefined;
if (!HAS_POSTGRES) console.log(NO_POSTGRES);
/** Tests wait, too: for timers, disks, and other processes. */
const WORKERS = Math.ceil(availableParallelism() * 1.5);

export default defineConfig({
  test: {
    maxWorkers: WORKERS,
    projects: [
      // No test changes what others see, and loading everything anew for each file takes long.
      {
        extends: true,
        test: {
          name: 'together',
          include: ALL,
          exclude: [
            ...ALONE,
            ...CHAOS,
            ...WITH_SERVER,
            ...WITH_QUEUES,
            ...WITH_BROWSER,
            ...WITH_POSTGRES,
            ...WITH_NATS,
          ],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE, isolate: true } },
      {
        extends: true,
        test: {
          name: 'chaos',
          include: CHAOS,
          isolate: false,
          // Leases of others would run out beside it.
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'nats',
          include: HAS_NATS ? WITH_NATS : [],
          isolate: false,
          globalSetup: 'test/support/nats/global-setup.ts',
        },
      },
      { extends: true, test: { name: 'server', include: WITH_SERVER, isolate: false } },
      {
        extends: true,
        // They wait for leases, most of the time.
        test: { name: 'dispatch', include: WITH_QUEUES, isolate: false, maxWorkers: 5 },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: HAS_POSTGRES ? WITH_POSTGRES : [],
          isolate: false,
          globalSetup: 'test/support/postgres/global-setup.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'over-postgres',
          include: HAS_POSTGRES ? ['test/{runtime,work}/**/*.test.ts'] : [],
          isolate: false,
          globalSetup: 'test/support/postgres/global-setup.ts',
          env: { RUNCHART_STORES: 'postgres' },
        },
      },
      {
        extends: true,
        test: {
          name: 'inspector',
          include: HAS_BROWSER ? WITH_BROWSER : [],
          exclude: MEASURING,
          isolate: false,
          maxWorkers: 2,
        },
      },
      // What measures a page, or the server behind it, has the machine for itself.
      {
        extends: true,
        test: {
          name: 'inspector-alone',
          include: HAS_BROWSER ? MEASURING : [],
          isolate: false,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'over-http',
          include: FACES,
          isolate: false,
          env: { RUNCHART_FACE: 'remote' },
        },
      },
    ],
    env: {
      // Threads and processes that tests start need not compile what an earlier one has compiled.
      NODE_COMPILE_CACHE: join(tmpdir(), 'runchart-test-compile-cache'),
      TMPDIR: folderOfTests(),
    },
    // What a page or a process comes to is waited for as long as a busy machine may take.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});

/**
 * The folder in which tests make theirs: in memory, where there is such a file system with enough room. What they
 * look at is what other processes see, also after one was killed; what is left after a power cut no test can tell.
 */
function folderOfTests(): string {
  const memory = '/dev/shm';
  try {
    accessSync(memory, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize < ROOM) return tmpdir();
  } catch {
    return tmpdir();
  }
  const folder = mkdtempSync(join(memory, 'runchart-test-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
