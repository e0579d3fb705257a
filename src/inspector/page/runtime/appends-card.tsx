import type { JSX } from 'preact';
import type { RuntimeStats } from '../../../runtime.ts';
import { bytes, count, counted } from '../format.ts';
import { Figure } from './figure.tsx';
import { Sparkline } from './sparkline.tsx';
import type { StatsSample } from './stats-history.ts';

/** What is written into the store, and how long it takes. */
export function AppendsCard({
  stats,
  samples,
}: {
  readonly stats: RuntimeStats;
  readonly samples: readonly StatsSample[];
}): JSX.Element {
  const { appends, feed } = stats;
  const { latency, batchSize } = appends;
  const p99 = samples.map(({ p99Ms }) => p99Ms);
  const p50 = samples.map(({ p50Ms }) => p50Ms);
  const rates = samples.map(({ eventsPerSecond }) => eventsPerSecond);
  const slowest = Math.max(1, ...p99.map((ms) => ms ?? 0));
  const fastest = Math.max(1, ...rates);
  const rate = rates.at(-1) ?? 0;
  return (
    <section class="card" aria-label="Appends">
      <div class="card-head">
        <h2>Appends</h2>
        <span class="faint">to the log, durable</span>
        <span class="spread" />
        {appends.failures > 0 && (
          <span class="tag tag-failed">{counted(appends.failures, 'failure')}</span>
        )}
      </div>
      <div class="card-body runtime-body">
        <dl class="figures" aria-label="Append latency of the last minute">
          <Figure name="median" line={1}>
            {milliseconds(latency?.p50Ms)}
          </Figure>
          <Figure name="99 of 100" line={0}>
            {milliseconds(latency?.p99Ms)}
          </Figure>
          <Figure name="slowest">{milliseconds(latency?.maxMs)}</Figure>
        </dl>
        <Sparkline
          label={`Append latency, up to ${milliseconds(slowest)}`}
          lines={[p99, p50]}
          most={slowest}
        />
        <dl class="figures">
          <Figure name="events a second">{count(Math.round(rate * 10) / 10)}</Figure>
          <Figure name="events">{count(appends.events)}</Figure>
          <Figure name="JSON" title="Characters of JSON that were appended">
            {bytes(appends.bytes)}
          </Figure>
          <Figure
            name="commits a write"
            title="Mean and most of commits that were written together"
          >
            {batchSize === null
              ? 'none yet'
              : `${batchSize.mean.toFixed(1)}, at most ${batchSize.max}`}
          </Figure>
        </dl>
        <Sparkline
          label={`Events a second, up to ${count(Math.round(fastest))}`}
          lines={[rates]}
          most={fastest}
        />
        <dl class="figures">
          <Figure name="refused" title="Somebody else wrote first, or the run is not there">
            {count(appends.refused)}
          </Figure>
          <Figure name="readers" title="Iterations under way over the events of runs">
            {count(feed.readers)} of {counted(feed.runs, 'run')}
          </Figure>
          <Figure name="lag" title="Events that the slowest reader has not asked for yet">
            {counted(feed.lagEvents, 'event')}
          </Figure>
          <Figure name="paging" title="Readers so far behind that they read the store">
            {count(feed.paging)}
          </Figure>
        </dl>
      </div>
    </section>
  );
}

function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return 'none';
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${count(Math.round(ms))} ms`;
}
