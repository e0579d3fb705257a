import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { clockTime, count, dateTime, duration } from '../format.ts';
import { Dialog } from '../parts/dialog.tsx';
import type { Player } from './player.ts';
import { SPEEDS } from './player.ts';
import type { RunStore } from './run-store.ts';
import { ScrubTrack } from './scrub-track.tsx';
import { KEYS } from './use-keys.ts';

/** Moves the whole page through the log: event by event, by hand, or as fast as it happened. */
export function PlayerBar({
  store,
  player,
}: {
  readonly store: RunStore;
  readonly player: Player;
}): JSX.Element | null {
  const { lastSeq, model } = store;
  void store.version.value;
  const { seq, atMs, isLive } = store.moment.value;
  if (lastSeq === 0) return null;
  const isPlaying = player.isPlaying.value;
  return (
    <section class="player" aria-label="Move through the log">
      <div class="player-buttons">
        <PlayerButton
          what="To the first event"
          sign="first"
          isOff={seq <= model.firstSeq}
          onClick={() => player.goTo(model.firstSeq)}
        />
        <PlayerButton
          what="One event back"
          sign="back"
          isOff={seq <= model.firstSeq}
          onClick={() => player.step(-1)}
        />
        <button
          type="button"
          class="button button-primary button-icon"
          aria-label={isPlaying ? 'Pause' : 'Play'}
          onClick={() => player.toggle()}
        >
          <Sign name={isPlaying ? 'pause' : 'play'} />
        </button>
        <PlayerButton what="One event on" sign="on" isOff={isLive} onClick={() => player.step(1)} />
        <select
          class="input player-speed"
          aria-label="Speed"
          value={player.speed.value}
          onChange={(event) => player.setSpeed(Number(event.currentTarget.value))}
        >
          {SPEEDS.map(({ name }, index) => (
            <option key={name} value={index}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <ScrubTrack store={store} player={player} />
      <div class="player-where">
        <span class="number" title={dateTime(atMs)}>
          <strong>{count(seq)}</strong>
          <span class="faint player-last"> / {count(lastSeq)}</span>
        </span>
        <Instant store={store} />
        <button
          type="button"
          class={`button player-live ${isLive ? 'is-live' : ''}`}
          aria-pressed={isLive}
          title="Follow what happens now"
          onClick={() => player.goTo(null)}
        >
          Now
        </button>
        <Keys />
      </div>
    </section>
  );
}

function Instant({ store }: { readonly store: RunStore }): JSX.Element {
  const text = useComputed(() => {
    const { atMs } = store.moment.value;
    const beginMs = store.model.events[0]?.emittedAtMs ?? atMs;
    return [clockTime(atMs), `+${duration(atMs - beginMs)}`] as const;
  });
  return (
    <span class="number player-instant">
      <span>{text.value[0]}</span> <span class="faint">{text.value[1]}</span>
    </span>
  );
}

function PlayerButton({
  what,
  sign,
  isOff,
  onClick,
}: {
  readonly what: string;
  readonly sign: SignName;
  readonly isOff: boolean;
  readonly onClick: () => void;
}): JSX.Element {
  return (
    <button
      type="button"
      class="button button-icon"
      aria-label={what}
      title={what}
      disabled={isOff}
      onClick={onClick}
    >
      <Sign name={sign} />
    </button>
  );
}

type SignName = 'first' | 'back' | 'on' | 'play' | 'pause';

const SIGNS: Readonly<Record<SignName, string>> = {
  first: 'M4 3v10M12 3.5v9L5.5 8z',
  back: 'M10.5 3L5.5 8l5 5',
  on: 'M5.5 3l5 5-5 5',
  play: 'M5 3v10l8-5z',
  pause: 'M5 3v10M11 3v10',
};

function Sign({ name }: { readonly name: SignName }): JSX.Element {
  const isFilled = name === 'play' || name === 'first';
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill={isFilled ? 'currentColor' : 'none'}
      stroke="currentColor"
      stroke-width={name === 'pause' ? 3 : 1.8}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={SIGNS[name]} />
    </svg>
  );
}

function Keys(): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="button button-quiet button-icon player-keys"
        aria-label="Keys"
        title="Keys"
        onClick={() => setOpen(true)}
      >
        ?
      </button>
      {isOpen && (
        <Dialog title="Keys" onClose={() => setOpen(false)}>
          <dl class="dialog-body keys">
            {KEYS.map(([keys, what]) => (
              <div key={keys} class="row">
                <dt>
                  {keys.split(' ').map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </Dialog>
      )}
    </>
  );
}
