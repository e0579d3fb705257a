import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../json.ts';
import {
  type Checkpoint,
  diffState,
  type ImportedCheckpoint,
  type Stores,
} from '../stores/index.ts';

/** Versions that are sent together: each comes with all of its values. */
const PAGE_VERSIONS = 32;

/** Copies every version of every checkpoint of a run. Those that are there are left alone. */
export async function copyCheckpoints(from: Stores, to: Stores, runId: string): Promise<void> {
  for (const line of await from.checkpoints.lines(runId)) {
    const kept = new Set((await to.checkpoints.list(line)).map(nameOf));
    const metas = await from.checkpoints.list(line);
    const missing = metas.filter((meta) => !kept.has(nameOf(meta)));
    let before: Checkpoint | undefined;
    for (let at = 0; at < missing.length; at += PAGE_VERSIONS) {
      const page: ImportedCheckpoint[] = [];
      for (const { superStep, version } of missing.slice(at, at + PAGE_VERSIONS)) {
        const found = await from.checkpoints.load({ ...line, superStep, version });
        if (found === undefined) continue;
        page.push(asChange(found, before));
        before = found;
      }
      await to.checkpoints.import(page);
    }
  }
}

function nameOf({ superStep, version }: { superStep: number; version: number }): string {
  return `${superStep} ${version}`;
}

/** As a change of the version in front of it, so that it takes no more room than it does in the source. */
function asChange(found: Checkpoint, before: Checkpoint | undefined): ImportedCheckpoint {
  if (before === undefined) return found;
  const isGrown = Object.keys(before.values).every((name) => Object.hasOwn(found.values, name));
  // A patch cannot say that a channel is gone.
  if (!isGrown) return found;
  const { superStep, version } = before;
  return { ...found, change: { from: { superStep, version }, patch: patchOf(before, found) } };
}

/** Values of two loads share nothing: those that are the same are to be seen as such. */
function patchOf(before: Checkpoint, after: Checkpoint): ReturnType<typeof diffState> {
  const values = Object.entries(after.values).map(([name, value]) => {
    const old = Object.hasOwn(before.values, name) ? before.values[name] : undefined;
    return [name, old === undefined ? value : sharing(old, value)];
  });
  return diffState(before.values, Object.fromEntries(values));
}

/** The value, with what of it is the same as it was before being that, down to members. */
function sharing(old: Json, value: Json): Json {
  if (isDeepStrictEqual(old, value)) return old;
  if (typeof old !== 'object' || typeof value !== 'object' || old === null || value === null) {
    return value;
  }
  if (Array.isArray(old) && Array.isArray(value)) {
    const before = old as readonly Json[];
    const shift = before.length - value.length;
    return (value as readonly Json[]).map((member, i) => {
      // In front of what changed, or behind it.
      const same = [before[i], before[i + shift]].find((one) => isDeepStrictEqual(one, member));
      return same === undefined ? member : same;
    });
  }
  if (Array.isArray(old) || Array.isArray(value)) return value;
  const members = Object.entries(value as Readonly<Record<string, Json>>);
  const before = old as Readonly<Record<string, Json>>;
  return Object.fromEntries(
    members.map(([name, member]) => {
      const same = Object.hasOwn(before, name) ? before[name] : undefined;
      return [name, same !== undefined && isDeepStrictEqual(same, member) ? same : member];
    }),
  );
}
