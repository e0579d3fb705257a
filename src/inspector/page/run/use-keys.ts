import { useEffect } from 'preact/hooks';
import type { Player } from './player.ts';
import type { RunStore } from './run-store.ts';

/** What the keys do, as the page tells it. */
export const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['← →', 'one event back or on; with Shift ten'],
  ['[ ]', 'to the change of status before or after'],
  ['Home End', 'to the first event, to what happens now'],
  ['Space', 'play or pause'],
  ['/', 'search in the timeline'],
];

/** Moves through the log by the keyboard, wherever the focus is but in a field. */
export function useKeys(store: RunStore, player: Player): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTaken(event)) return;
      const act = ACTIONS[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act(store, player, event.shiftKey);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [store, player]);
}

type Action = (store: RunStore, player: Player, isFast: boolean) => void;

const ACTIONS: Readonly<Record<string, Action>> = {
  ArrowLeft: (_, player, isFast) => player.step(isFast ? -10 : -1),
  ArrowRight: (_, player, isFast) => player.step(isFast ? 10 : 1),
  Home: (store, player) => player.goTo(store.model.firstSeq),
  End: (_, player) => player.goTo(null),
  '[': (store, player) => {
    const { seq } = store.moment.value;
    player.goTo(store.model.moves.findLast((move) => move.seq < seq)?.seq ?? store.model.firstSeq);
  },
  ']': (store, player) => {
    const { seq } = store.moment.value;
    player.goTo(store.model.moves.find((move) => move.seq > seq)?.seq ?? null);
  },
  ' ': (_, player) => player.toggle(),
  '/': () => document.getElementById('timeline-search')?.focus(),
};

/** A field, or a control that has a use for the key itself. */
function isTaken({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest('dialog') !== null) return true;
  if (['TEXTAREA', 'SELECT'].includes(target.tagName)) return true;
  if (target instanceof HTMLInputElement)
    return target.type !== 'range' && target.type !== 'checkbox';
  return key === ' ' && target.closest('button, a, summary') !== null;
}
