import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { SUPERVISOR_CHART } from '../../../diagram/index.ts';
import type { RuntimeStats } from '../../../runtime.ts';
import { age, dateTime } from '../format.ts';
import { ChartDrawing } from '../parts/chart-drawing.tsx';
import { ErrorNote, Waiting } from '../parts/notes.tsx';
import { AppendsCard } from './appends-card.tsx';
import { DefinitionsCard } from './definitions-card.tsx';
import { DrivenCard } from './driven-card.tsx';
import { LanesCard } from './lanes-card.tsx';
import { RuntimeWatch, type Watched } from './runtime-watch.ts';
import { LeftRuns, StoreCard } from './store-card.tsx';

/** What the runtime behind the server does. */
export function RuntimeView(): JSX.Element {
  const watch = useMemo(() => new RuntimeWatch(), []);
  useEffect(() => () => watch.close(), [watch]);
  useEffect(() => {
    document.title = 'Runtime · runchart';
  }, []);
  const watched = watch.watched.value;
  const { stats, samples, report, statsError } = watched;
  return (
    <>
      <div class="row">
        <h1>Runtime</h1>
        {stats !== undefined && (
          <span class="soft">
            <strong>{stats.status}</strong> for {age(stats.nowMs - stats.statusSinceMs)}, opened{' '}
            {dateTime(stats.createdAtMs)}
            {stats.ownerId !== null && (
              <>
                , as <span class="mono">{stats.ownerId}</span>
              </>
            )}
          </span>
        )}
      </div>
      <Faults watched={watched} onRetry={() => watch.again()} />
      {report !== undefined && <LeftRuns report={report} />}
      <div class="runtime-grid">
        <div class="runtime-column">
          {stats !== undefined && <SupervisorCard stats={stats} />}
          {stats !== undefined && <AppendsCard stats={stats} samples={samples} />}
          {stats === undefined && statsError === undefined && (
            <section class="card" aria-label="The runtime">
              <Waiting lines={6} />
            </section>
          )}
          <StoreCard stats={stats} report={report} />
        </div>
        <div class="runtime-column">
          {stats !== undefined && <DrivenCard stats={stats} samples={samples} />}
          {stats !== undefined && <LanesCard stats={stats} />}
          <DefinitionsCard />
        </div>
      </div>
    </>
  );
}

function Faults({
  watched: { statsError, reportError, isUntold },
  onRetry,
}: {
  readonly watched: Watched;
  readonly onRetry: () => void;
}): JSX.Element {
  return (
    <>
      {isUntold && (
        <p class="note">
          This server does not tell what its runtime does: it is older than this page. What is known
          of its store is below.
        </p>
      )}
      {statsError !== undefined && !isUntold && (
        <ErrorNote
          error={statsError}
          what="The runtime could not be asked what it does"
          onRetry={onRetry}
        />
      )}
      {reportError !== undefined && (
        <ErrorNote
          error={reportError}
          what="The store could not be asked how it is"
          onRetry={onRetry}
        />
      )}
    </>
  );
}

function SupervisorCard({ stats: { status } }: { readonly stats: RuntimeStats }): JSX.Element {
  return (
    <section class="card" aria-label="The supervisor">
      <div class="card-head">
        <h2>The supervisor</h2>
        <span class="spread" />
        <span class="tag">{status}</span>
      </div>
      <ChartDrawing
        layouts={SUPERVISOR_CHART}
        marks={{ active: [status], title: `The chart of the supervisor, which is ${status}` }}
        beat={status}
      />
    </section>
  );
}
