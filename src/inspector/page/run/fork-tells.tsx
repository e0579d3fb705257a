import type { JSX } from 'preact';
import { counted } from '../format.ts';
import { type CheckpointRow, forkSteps } from './checkpoint-rows.ts';
import type { RunStore } from './run-store.ts';

/** Names that are told; of the others, how many. */
const TOLD = 4;

/** What a fork from a checkpoint remembers, and what it does again. */
export function ForkTells({
  store,
  row,
  seq,
}: {
  readonly store: RunStore;
  readonly row: CheckpointRow;
  /** The moment that was looked at. */
  readonly seq: number;
}): JSX.Element {
  const { remembered, again } = forkSteps(store.model.parts.steps, row.seq);
  return (
    <ul class="fork-tells">
      <li>
        {row.seq === null
          ? 'It is what this run began with.'
          : `It was kept by event ${row.seq} of ${store.lastSeq}; you look at event ${seq}.`}
      </li>
      <li>
        <strong>Remembered:</strong> {named(remembered)}
      </li>
      <li>
        <strong>Done again:</strong> {named(again)}
        {again.length > 0 && ', as far as the fork comes to them'}
      </li>
      <li>This run stays as it is.</li>
    </ul>
  );
}

function named(names: readonly string[]): string {
  if (names.length === 0) return 'no step';
  const told = names.slice(0, TOLD).join(', ');
  const more = names.length - TOLD;
  return `${counted(names.length, 'step')} (${told}${more > 0 ? `, and ${more} more` : ''})`;
}
