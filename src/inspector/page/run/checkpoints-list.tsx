import type { JSX } from 'preact';
import { clockTime, dateTime } from '../format.ts';
import { show } from '../location.ts';
import type { CheckpointPair, CheckpointRow } from './checkpoint-rows.ts';
import type { Player } from './player.ts';

/** All checkpoints, newest first, with two columns of buttons: the one that is looked at, and against which. */
export function CheckpointsList({
  player,
  rows,
  pair,
  onFork,
}: {
  readonly player: Player;
  readonly rows: readonly CheckpointRow[];
  readonly pair: CheckpointPair | undefined;
  readonly onFork: (superStep: number) => void;
}): JSX.Element {
  return (
    <div class="checkpoint-list" tabIndex={0} role="region" aria-label="Checkpoints">
      <table>
        <thead>
          <tr>
            <th scope="col" title="Compared with">
              From
            </th>
            <th scope="col">To</th>
            <th scope="col">Super-step</th>
            <th scope="col" class="checkpoint-label">
              Label
            </th>
            <th scope="col">Kept</th>
            <th scope="col">
              <span class="only-heard">Fork</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map((row) => (
            <Row key={row.superStep} player={player} row={row} pair={pair} onFork={onFork} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({
  player,
  row,
  pair,
  onFork,
}: {
  readonly player: Player;
  readonly row: CheckpointRow;
  readonly pair: CheckpointPair | undefined;
  readonly onFork: (superStep: number) => void;
}): JSX.Element {
  const { superStep, version, label, atMs, seq, isKept } = row;
  const isChosen = pair?.chosen.superStep === superStep;
  const isAgainst = pair?.against?.superStep === superStep;
  return (
    <tr class={isChosen ? 'is-chosen' : isKept ? '' : 'is-gone'}>
      <td>
        <input
          type="radio"
          name="checkpoint-against"
          aria-label={`Compare with super-step ${superStep}`}
          checked={isAgainst}
          disabled={!isKept || isChosen}
          onChange={() => show({ checkpoint: pair?.chosen.superStep, against: superStep })}
        />
      </td>
      <td>
        <input
          type="radio"
          name="checkpoint-chosen"
          aria-label={`Look at super-step ${superStep}`}
          checked={isChosen}
          disabled={!isKept}
          onChange={() => show({ checkpoint: superStep, against: undefined })}
        />
      </td>
      <td class="number">
        {superStep}
        {version > 1 && <span class="faint"> version {version}</span>}
      </td>
      <td class="checkpoint-label">
        {label ?? <span class="faint">no label</span>}
        {!isKept && <span class="tag">not kept any more</span>}
      </td>
      <td class="number">
        {seq === null ? (
          <span class="faint" title={dateTime(atMs)}>
            at the beginning
          </span>
        ) : (
          <button
            type="button"
            class="copy number"
            title={`Go to event ${seq}, ${dateTime(atMs)}`}
            onClick={() => player.goTo(seq)}
          >
            {clockTime(atMs)}
          </button>
        )}
      </td>
      <td>
        <button
          type="button"
          class="copy"
          disabled={!isKept}
          aria-label={`Fork from super-step ${superStep}`}
          onClick={() => onFork(superStep)}
        >
          fork
        </button>
      </td>
    </tr>
  );
}
