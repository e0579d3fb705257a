import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import type { Player } from './player.ts';
import type { RunStore } from './run-store.ts';
import { clockTime } from '../format.ts';

/** Parts that the track is drawn in: how much happened in each is a bar. */
const BARS = 160;

/**
 * The log from its first to its last event. Its place is the number of the event, not the time: what
 * happens in a burst stays apart, and a sleep takes no room. Colours show the status at each place.
 */
export function ScrubTrack({
  store,
  player,
}: {
  readonly store: RunStore;
  readonly player: Player;
}): JSX.Element {
  const bands = useComputed(() => {
    void store.version.value;
    return bandsOf(store);
  });
  const marks = useComputed(() => {
    void store.version.value;
    return marksOf(store);
  });
  const { seq, snapshot, atMs } = store.moment.value;
  const { firstSeq } = store.model;
  const last = Math.max(store.lastSeq, firstSeq + 1);
  const at = ((seq - firstSeq) / (last - firstSeq)) * 100;
  return (
    <div class="scrub">
      <svg
        class="scrub-bands"
        viewBox={`0 0 ${BARS} 10`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {bands.value.map(({ status, from, to }) => (
          <rect
            key={from}
            class={`band is-${status}`}
            x={from}
            y="0"
            width={Math.max(0.4, to - from)}
            height="10"
          />
        ))}
        {marks.value.map(({ x, kind }) => (
          <rect
            key={`${kind}${x}`}
            class={`mark mark-${kind}`}
            x={x}
            y="0"
            width="0.7"
            height="10"
          />
        ))}
      </svg>
      <span class="scrub-head" style={{ left: `${at}%` }} aria-hidden="true" />
      <input
        type="range"
        aria-label="Event"
        aria-valuetext={`event ${seq} of ${store.lastSeq}, ${snapshot?.status ?? 'nothing yet'}, ${clockTime(atMs)}`}
        min={firstSeq}
        max={last}
        step={1}
        value={seq}
        onInput={(event) => player.goTo(Number(event.currentTarget.value))}
      />
    </div>
  );
}

interface Band {
  readonly status: string;
  readonly from: number;
  readonly to: number;
}

/** Moves closer together than a bar are drawn as the last of them. */
function bandsOf({ model, lastSeq }: RunStore): readonly Band[] {
  const { firstSeq, moves } = model;
  const scale = BARS / Math.max(1, lastSeq - firstSeq);
  const bands: Band[] = [];
  const start = model.at(firstSeq)?.status ?? 'created';
  let from = 0;
  let status: string = start;
  for (const move of moves) {
    const x = (move.seq - firstSeq) * scale;
    if (x - from >= 0.4) bands.push({ status, from, to: x });
    from = x - from >= 0.4 || bands.length === 0 ? x : from;
    status = move.to;
  }
  bands.push({ status, from, to: BARS });
  return bands;
}

interface Mark {
  readonly kind: 'attempt' | 'checkpoint' | 'question' | 'late';
  readonly x: number;
}

/** What a person looks for on the track; of those at one place one is drawn. */
function marksOf({ model, lastSeq }: RunStore): readonly Mark[] {
  const scale = BARS / Math.max(1, lastSeq - model.firstSeq);
  const { attempts, checkpoints, interrupts, late } = model.parts;
  const places = new Map<number, Mark>();
  const put = (kind: Mark['kind'], list: readonly { readonly seq: number }[]): void => {
    for (const { seq } of list) {
      const x = Math.round((seq - model.firstSeq) * scale * 2) / 2;
      places.set(x, { kind, x });
    }
  };
  put('checkpoint', checkpoints);
  put('late', late);
  put('question', interrupts);
  put('attempt', attempts.slice(1));
  return [...places.values()];
}
