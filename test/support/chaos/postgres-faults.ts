import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './engine-chaos.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';
import { type TcpProxy, tcpProxy } from './tcp-proxy.ts';

export const PROGRAMMES = ['crashes', 'cuts', 'failover'] as const;

/**
 * crashes: the server is stopped at once, and started again. cuts: connections break after any number of bytes.
 * failover: the server is killed with its processes, and its standby takes its place.
 */
type Programme = (typeof PROGRAMMES)[number];

/** Servers under a programme of faults, behind one address. */
export interface PostgresProgramme extends AsyncDisposable {
  readonly address: string;
  readonly faults: readonly Fault[];
  /** What there is to say of it in the end. */
  figures(): Readonly<Record<string, number>>;
}

export interface ProgrammeOptions {
  readonly programme: Programme;
  readonly programs: string;
  readonly random: () => number;
  /** Crashes, or rounds of cuts. */
  readonly times: number;
}

/** How long connections are cut in a round, in milliseconds. */
const CUTTING_MS = 8_000;
const FEWEST_BYTES = 300;
const MOST_BYTES = 40_000;
/** Until somebody who watches the servers has found out that one is gone, in milliseconds. */
const DETECTION_MS = 500;

export async function postgresProgramme(options: ProgrammeOptions): Promise<PostgresProgramme> {
  const { programme, programs } = options;
  const first = await startPostgres(programs);
  const second = programme === 'failover' ? await first.standby() : undefined;
  const proxy = await tcpProxy(first.port);
  return {
    address: `postgres://postgres@127.0.0.1:${proxy.port}/postgres`,
    faults: faultsOf(options, { first, second, proxy }),
    figures: () => (programme === 'cuts' ? { 'connections cut': proxy.cuts } : {}),
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await second?.[Symbol.asyncDispose]();
      await first[Symbol.asyncDispose]();
    },
  };
}

interface Servers {
  readonly first: PostgresServer;
  readonly second: PostgresServer | undefined;
  readonly proxy: TcpProxy;
}

function faultsOf(
  { programme, random, times }: ProgrammeOptions,
  { first, second, proxy }: Servers,
): readonly Fault[] {
  const crash = async (): Promise<void> => {
    await first.stopAtOnce();
    await sleep(random() * 1_000);
    await first.start();
  };
  const cut = async (): Promise<void> => {
    proxy.spoil(() => FEWEST_BYTES + Math.floor(random() * MOST_BYTES));
    proxy.cutAll();
    await sleep(CUTTING_MS);
    proxy.spoil(undefined);
    proxy.cutAll();
  };
  const failover = async (): Promise<void> => {
    await first.kill();
    await sleep(DETECTION_MS);
    await second?.promote();
    proxy.leadTo(second?.port ?? 0);
    proxy.cutAll();
  };
  if (programme === 'failover')
    return [{ name: 'primary killed, standby promoted', act: failover }];
  const [name, act] =
    programme === 'crashes' ? ['server stopped at once', crash] : ['connections cut', cut];
  return Array.from({ length: times }, () => ({ name, act }));
}
