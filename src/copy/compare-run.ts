import { isDeepStrictEqual } from 'node:util';
import type { EventPage, OutputRecord, Stores } from '../stores/index.ts';
import { verifyRun } from '../verification/index.ts';
import { outputPages } from './output-pages.ts';

const PAGE_EVENTS = 1000;

/**
 * How a run in the target differs from the one in the source, one sentence each: its record, every event with its
 * key and hash, the cut, outputs and checkpoints. Then the target's run is verified, contents of outputs by their
 * digests included; what its verification finds in the source as well is no difference.
 */
export async function compareRun(
  from: Stores,
  to: Stores,
  runId: string,
): Promise<readonly string[]> {
  const [source, target] = await Promise.all([from.events.get(runId), to.events.get(runId)]);
  if (target === undefined) return [`Run ${runId} is not in ${to.location}.`];
  if (source === undefined) return [`Run ${runId} is not in ${from.location}.`];
  const differences = [
    ...Object.keys({ ...source, ...target }).flatMap((name) => {
      const key = name as keyof typeof source;
      return source[key] === target[key] ? [] : [key];
    }),
    ...(await logDifference(from, to, runId)),
    ...(await outputDifference(from, to, runId)),
    ...(await checkpointDifference(from, to, runId)),
  ].map((what) => `The ${what} of run ${runId} is not the same in ${to.location}.`);
  const options = { blobs: true, chain: true };
  const verified = await verifyRun(to, target, options);
  if (verified.ok) return differences;
  const known = new Set((await verifyRun(from, source, options)).problems);
  return [...differences, ...verified.problems.filter((problem) => !known.has(problem))];
}

async function logDifference(from: Stores, to: Stores, runId: string): Promise<string[]> {
  for (let afterSeq = 0, hasMore = true; hasMore;) {
    const options = { afterSeq, limit: PAGE_EVENTS, chain: true, keys: true };
    const [ours, theirs] = await Promise.all([
      from.events.read(runId, options),
      to.events.read(runId, options),
    ]);
    if (!isDeepStrictEqual(ours, theirs))
      return [`log after event ${afterSeq} (${whatDiffers(ours, theirs)})`];
    ({ nextAfterSeq: afterSeq, hasMore } = ours);
  }
  return [];
}

function whatDiffers(ours: EventPage, theirs: EventPage): string {
  const names = Object.keys({ ...ours, ...theirs }) as (keyof EventPage)[];
  const first = ours.events.findIndex((event, i) => !isDeepStrictEqual(event, theirs.events[i]));
  const at = first === -1 ? [] : [`event ${ours.events[first]?.seq}`];
  return [...at, ...names.filter((name) => !isDeepStrictEqual(ours[name], theirs[name]))].join(
    ', ',
  );
}

async function outputDifference(from: Stores, to: Stores, runId: string): Promise<string[]> {
  const theirs = outputPages(to, runId)[Symbol.asyncIterator]();
  for await (const page of outputPages(from, runId)) {
    const other: readonly OutputRecord[] = (await theirs.next()).value ?? [];
    const first = page.findIndex((record, i) => !isDeepStrictEqual(record, other[i]));
    if (first !== -1) return [`output ${page[first]?.id}`];
    if (other.length > page.length) return [`output ${other[page.length]?.id}, which is one more,`];
  }
  const more = await theirs.next();
  return more.done === true ? [] : [`output ${more.value[0]?.id}, which is one more,`];
}

async function checkpointDifference(from: Stores, to: Stores, runId: string): Promise<string[]> {
  const lines = await Promise.all([from.checkpoints.lines(runId), to.checkpoints.lines(runId)]);
  const [ours = [], theirs = []] = lines.map((some) =>
    some.map(({ definition }) => definition).toSorted(),
  );
  if (!isDeepStrictEqual(ours, theirs)) return ['set of definitions with checkpoints'];
  for (const definition of ours) {
    const line = { definition, runId };
    const metas = await from.checkpoints.list(line);
    if (!isDeepStrictEqual(metas, await to.checkpoints.list(line))) {
      return [`list of checkpoints of ${definition}`];
    }
    for (const { superStep, version } of metas) {
      const key = { ...line, superStep, version };
      const [mine, other] = await Promise.all([
        from.checkpoints.load(key),
        to.checkpoints.load(key),
      ]);
      if (isDeepStrictEqual(mine, other)) continue;
      return [`checkpoint ${superStep}, version ${version}, of ${definition}`];
    }
  }
  return [];
}
