import type { JSX } from 'preact';
import type { RuntimeStats } from '../../../runtime.ts';
import { count, counted, duration } from '../format.ts';
import { hrefOf } from '../location.ts';
import { Figure } from './figure.tsx';
import { Sparkline } from './sparkline.tsx';
import type { StatsSample } from './stats-history.ts';

/** Runs that are shown of those that are driven: the ones that have been for the longest. */
const SHOWN = 12;

/** Which runs are driven in the process of the server, and what it took over from others. */
export function DrivenCard({
  stats,
  samples,
}: {
  readonly stats: RuntimeStats;
  readonly samples: readonly StatsSample[];
}): JSX.Element {
  const { driven, dispatch, recovery, nowMs } = stats;
  const most = Math.max(dispatch?.concurrency ?? 1, 1);
  const shown = driven.runs.slice(0, SHOWN);
  return (
    <section class="card" aria-label="Runs that are driven here">
      <div class="card-head">
        <h2>Driven here</h2>
        <span class="spread" />
        {dispatch !== null && (
          <span class="faint number">at most {count(dispatch.concurrency)} at once</span>
        )}
      </div>
      <div class="card-body runtime-body">
        <dl class="figures">
          <Figure name="driven">{count(driven.count)}</Figure>
          <Figure name="queued" title="They wait for a place, or for their turn in their session">
            {dispatch === null ? 'not told' : count(dispatch.queued)}
          </Figure>
          <Figure name="waiting" title="Parked, and keep their turn in a session that they share">
            {dispatch === null ? 'not told' : count(dispatch.waiting)}
          </Figure>
          <Figure name="taken over" title="Attempts of runs whose attempt before had not ended">
            {count(recovery.recovered)}
          </Figure>
          <Figure name="given up" title="Runs that were ended because their owner died">
            {count(recovery.abandoned)}
          </Figure>
          <Figure name="sweeps" title="Looks at what others left behind">
            {count(recovery.sweeps)}
          </Figure>
        </dl>
        <Sparkline
          label={`Runs that are driven, of ${count(most)} at most`}
          lines={[samples.map((sample) => sample.driven)]}
          most={Math.max(1, ...samples.map((sample) => sample.driven))}
        />
        {shown.length === 0 ? (
          <p class="soft">No run is driven at the moment.</p>
        ) : (
          <ul class="plain">
            {shown.map(({ runId, attempt, sinceMs }) => (
              <li key={runId} class="driven-run">
                <a class="mono cut" href={hrefOf({ view: 'run', runId })}>
                  {runId}
                </a>
                <span class="faint number">
                  attempt {attempt}, for {duration(nowMs - sinceMs)}
                </span>
              </li>
            ))}
          </ul>
        )}
        {driven.count > shown.length && (
          <p class="soft">and {counted(driven.count - shown.length, 'other run')}</p>
        )}
      </div>
    </section>
  );
}
