import type { Effect, KeptSnapshot } from './chart.ts';
import type { Invoked, Kept } from './kept.ts';

const NUMBER = /#\d+$/u;

export interface Move {
  readonly kept: Kept;
  /** What was invoked before, and is not any more. */
  readonly left: readonly Invoked[];
}

/**
 * What is to be kept after a transition, from what it asks for. `n` is the number of the decision, and
 * `atMs` its instant: what timers count from.
 */
export function moved(
  before: Kept,
  snapshot: KeptSnapshot,
  effects: readonly Effect[],
  { n, atMs }: { readonly n: number; readonly atMs: number },
  kindOf: (id: string) => Invoked['kind'],
): Move {
  let timers = [...before.timers];
  let invoked = [...before.invoked];
  const counts = new Map(Object.entries(before.counts));
  const mail = [...before.mail];
  for (const [i, effect] of effects.entries()) {
    if (effect.kind === 'timer') {
      const { id, delayMs, event } = effect;
      const dueMs = Math.ceil(atMs + Math.max(0, delayMs));
      timers.push({ key: `${n}.${i}`, id, atMs: dueMs, event });
    } else if (effect.kind === 'cancel') {
      timers = timers.filter(({ id }) => id !== effect.id);
    } else if (effect.kind === 'invoke') {
      const { id } = effect;
      const occurrence = (counts.get(id) ?? 0) + 1;
      counts.set(id, occurrence);
      // A second one under an id takes its place: the first could not be stopped or told apart.
      invoked = invoked.filter((one) => one.id !== id);
      invoked.push({ id, entryId: entryIdOf(id, occurrence), kind: kindOf(id), occurrence });
    } else if (effect.kind === 'stop') {
      invoked = invoked.filter(({ id }) => id !== effect.id);
    } else if (effect.kind === 'mail') mail.push(effect.event);
  }
  const isOver = snapshot.status === 'done';
  const left = before.invoked.filter((one) => isOver || !invoked.includes(one));
  const kept: Kept = {
    ...before,
    ...snapshot,
    timers: isOver ? [] : stable(before.timers, timers),
    invoked: isOver ? [] : stable(before.invoked, invoked),
    counts: effects.some(({ kind }) => kind === 'invoke')
      ? Object.fromEntries(counts)
      : before.counts,
    mail: isOver ? [] : stable(before.mail, mail),
  };
  return { kept, left };
}

/** The list that was there if nothing of it changed: a checkpoint then keeps nothing of it again. */
function stable<T>(before: readonly T[], now: readonly T[]): readonly T[] {
  const isSame = before.length === now.length && before.every((one, i) => one === now[i]);
  return isSame ? before : now;
}

/** As steps are told apart everywhere: by the name, and from the second time on by a number. */
function entryIdOf(id: string, occurrence: number): string {
  return occurrence === 1 && !NUMBER.test(id) ? id : `${id}#${occurrence}`;
}
