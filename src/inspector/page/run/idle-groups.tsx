import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { count, counted } from '../format.ts';
import type { ExplanationUntil, IdleUntil } from './log-explanation.ts';

interface IdleProps {
  /** The moment that is looked at. */
  readonly at: number;
  readonly onGo: (seq: number) => void;
}

/** Events that changed nothing but the count, by type and status, with where they stand. */
export function IdleGroups({
  until,
  at,
  onGo,
}: IdleProps & { readonly until: ExplanationUntil }): JSX.Element {
  const { idle, idleUntil } = until;
  return (
    <section aria-label="What had no effect on the run">
      <div class="row story-head">
        <h3>What had no effect on the run</h3>
        <span class="faint number">{counted(idleUntil, 'event')}</span>
      </div>
      <p class="soft story-note">
        They are in the log for who reads it; the status of the run does not depend on them.
      </p>
      <ul class="plain">
        {idle.map((group) => (
          <IdleGroup
            key={`${group.status} ${group.type} ${group.why}`}
            group={group}
            at={at}
            onGo={onGo}
          />
        ))}
      </ul>
    </section>
  );
}

/** Places of one group that are shown at once. */
const SHOWN = 12;

function IdleGroup({ group, at, onGo }: IdleProps & { readonly group: IdleUntil }): JSX.Element {
  const { type, status, why, seqs, countUntil } = group;
  const [shown, setShown] = useState(SHOWN);
  return (
    <li class={`idle ${countUntil === 0 ? 'is-later' : ''}`}>
      <div class="row">
        <span class="mono">{type}</span>
        <span class="tag number">{count(countUntil)}</span>
        <span class="faint">while {status}</span>
      </div>
      <p class="soft">{why}.</p>
      <div class="idle-places">
        {seqs.slice(0, shown).map(([from, to]) => (
          <button
            key={from}
            type="button"
            class={`idle-place number ${from > at ? 'is-later' : ''} ${from <= at && at <= to ? 'is-at' : ''}`}
            onClick={() => onGo(from)}
          >
            <span class="only-heard">event </span>
            {from === to ? count(from) : `${count(from)} – ${count(to)}`}
          </button>
        ))}
        {seqs.length > shown && (
          <button type="button" class="copy" onClick={() => setShown(shown * 4)}>
            {counted(seqs.length - shown, 'more place')}
          </button>
        )}
      </div>
    </li>
  );
}
