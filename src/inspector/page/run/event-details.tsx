import type { JSX } from 'preact';
import { dateTime } from '../format.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { jsonTextOf } from '../parts/json-text.ts';
import { JsonTree } from '../parts/json-tree.tsx';
import { effectOf } from './event-effect.ts';
import type { PanelProps } from './panels.tsx';

/** The event of the moment that is looked at, whole. */
export function EventDetails({ store }: PanelProps): JSX.Element | null {
  const { seq } = store.moment.value;
  const envelope = store.model.event(seq);
  if (envelope === undefined) return null;
  const { type, ...payload } = envelope.event;
  const effect = effectOf(store.model, seq);
  return (
    <section class="event-details" aria-label="The event of this moment">
      <div class="row">
        <strong class="number">#{seq}</strong>
        <strong class="mono">{type}</strong>
        {effect.kind !== 'plain' && (
          <span class={`tag effect-${effect.kind}`} title={effect.why}>
            {effect.kind === 'moved' ? effect.why : effect.text}
          </span>
        )}
        <span class="spread" />
        <CopyButton text={jsonTextOf(envelope)} what="the event as JSON" />
      </div>
      <p class="faint">
        {dateTime(envelope.emittedAtMs)} · epoch {envelope.epoch} ·{' '}
        <span class="mono">{envelope.eventId}</span>
        {effect.kind === 'late' || effect.kind === 'idle' ? ` · ${effect.why}` : ''}
      </p>
      <JsonTree key={seq} value={payload} />
    </section>
  );
}
