import type { JSX } from 'preact';
import type { RunInfo } from '../../../runtime.ts';
import { age } from '../format.ts';
import { hrefOf } from '../location.ts';
import { now } from '../now.ts';
import { Status } from '../parts/status.tsx';
import { type Standing, standingOf } from './standing.ts';
import { runName } from '../parts/run-name.ts';

/** Runs that wait for a person, or for somebody to find out what became of them. They come before all others. */
export function Attention({
  runs,
  hasMore,
}: {
  readonly runs: readonly RunInfo[];
  readonly hasMore: boolean;
}): JSX.Element | null {
  if (runs.length === 0) return null;
  return (
    <section aria-label="Runs that need attention" class="attention">
      {runs.map((run) => (
        <AttentionCard key={run.snapshot.runId} run={run} />
      ))}
      {hasMore && <p class="soft">There are more: filter the list below.</p>}
    </section>
  );
}

const PANELS: Readonly<Record<Standing['kind'], string>> = {
  question: 'questions',
  left: 'explain',
  stalled: 'explain',
  asleep: 'explain',
};

function AttentionCard({ run }: { readonly run: RunInfo }): JSX.Element | null {
  const standing = standingOf(run);
  const { runId, status, updatedAtMs } = run.snapshot;
  const panel = standing && PANELS[standing.kind];
  return (
    <a
      class={`card attention-card attention-${standing?.kind}`}
      href={hrefOf({ view: 'run', runId }, { panel })}
    >
      <span class="row">
        <strong>{standing?.text}</strong>
        <span class="spread" />
        <span class="faint number">{age(now.value - updatedAtMs)}</span>
      </span>
      <span class="cut">{runName(run.snapshot)}</span>
      <span class="row">
        <Status status={status} />
        <span class="mono faint cut">{runId}</span>
      </span>
    </a>
  );
}
