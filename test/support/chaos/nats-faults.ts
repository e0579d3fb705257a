import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './engine-chaos.ts';
import { type ProxiedCluster, untilHealthy } from './nats-cluster.ts';

/** How long a server is gone, stopped or alone, in milliseconds. */
const AWAY_MS = 4_000;
const FROZEN_MS = 8_000;
const ALONE_MS = 12_000;

/** What is done to a cluster, in order; `rolls` times each server in turn in the end. */
export function natsFaults(cluster: ProxiedCluster, rolls: number): readonly Fault[] {
  const { nodes, monitors } = cluster;
  const healthy = async (): Promise<void> => {
    await Promise.all(monitors.map(untilHealthy));
  };
  const restart = async (n: number): Promise<void> => {
    await nodes[n]?.kill();
    await sleep(AWAY_MS);
    await nodes[n]?.start();
    await healthy();
  };
  return [
    {
      name: 'follower killed',
      act: async () => restart(((await cluster.leader()) + 1) % nodes.length),
    },
    { name: 'leader killed', act: async () => restart(await cluster.leader()) },
    {
      name: 'leader stopped and continued',
      act: async () => {
        const leader = nodes[await cluster.leader()];
        await leader?.freeze();
        await sleep(FROZEN_MS);
        leader?.thaw();
        await healthy();
      },
    },
    {
      name: 'leader partitioned',
      act: async () => {
        const leader = await cluster.leader();
        cluster.isolate(leader, true);
        await sleep(ALONE_MS);
        cluster.isolate(leader, false);
        await healthy();
      },
    },
    {
      name: 'all killed',
      act: async () => {
        await Promise.all(nodes.map((node) => node.kill()));
        await sleep(AWAY_MS / 4);
        await Promise.all(nodes.map((node) => node.start()));
        await healthy();
      },
    },
    ...Array.from({ length: rolls * nodes.length }, (_, i) => ({
      name: 'rolling restart',
      act: () => restart(i % nodes.length),
    })),
  ];
}

/** Resolves with what differs between the replicas, once they had time to become equal. */
export async function unequalReplicas(cluster: ProxiedCluster): Promise<readonly string[]> {
  let found: readonly string[] = [];
  for (let tries = 0; tries < 40; tries += 1) {
    const [first = [], ...others] = await cluster.replicas();
    found = others.flatMap((lines, i) =>
      lines.join('\n') === first.join('\n')
        ? []
        : [`server ${i + 2} has ${lines.join('; ')}, server 1 has ${first.join('; ')}`],
    );
    if (found.length === 0) return [];
    await sleep(500);
  }
  return found;
}
