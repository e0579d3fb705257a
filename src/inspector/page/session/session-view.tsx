import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo } from 'preact/hooks';
import { RUN_STATUSES } from '../../../machines/run-status.ts';
import { count, counted } from '../format.ts';
import { hrefOf } from '../location.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Empty, ErrorNote, Waiting } from '../parts/notes.tsx';
import { StatusSign } from '../parts/status.tsx';
import { LanesChart } from './lanes-chart.tsx';
import { type SessionListed, SessionRuns } from './session-runs.ts';

/** The runs of a session over time: they are driven one behind the other, and this shows how. */
export function SessionView({ sessionId }: { readonly sessionId: string }): JSX.Element {
  const session = useMemo(() => new SessionRuns(sessionId), [sessionId]);
  useEffect(() => () => session.close(), [session]);
  useEffect(() => {
    document.title = `${sessionId} · runchart`;
  }, [sessionId]);
  const onSeen = useCallback((runId: string) => session.lookInto(runId), [session]);
  const listed = session.listed.value;
  const { runs, cursor, isAsking, isKnown, error } = listed;
  return (
    <>
      <header class="session-head">
        <nav class="crumbs soft" aria-label="Where this is">
          <a href={hrefOf({ view: 'runs' })}>Runs</a>
          <span aria-hidden="true">/</span>
          <span>Session</span>
        </nav>
        <div class="row">
          <h1 class="session-name">{sessionId}</h1>
          <CopyButton text={sessionId} what="the id of the session" />
          <span class="spread" />
          <a class="button" href={hrefOf({ view: 'runs' }, { session: sessionId })}>
            As a list
          </a>
        </div>
        <Counts listed={listed} sessionId={sessionId} />
      </header>
      <section class="card" aria-label="Runs of the session over time">
        {error !== undefined && (
          <div class="card-body">
            <ErrorNote
              error={error}
              what="The runs of this session could not be listed"
              onRetry={() => void session.again()}
            />
          </div>
        )}
        {!isKnown && error === undefined && <Waiting lines={6} />}
        {isKnown && runs.size === 0 && (
          <Empty title="There is no run in this session">
            It may have been deleted, or the address may be wrong.
          </Empty>
        )}
        {runs.size > 0 && <LanesChart listed={listed} onSeen={onSeen} />}
        {cursor !== null && (
          <div class="runs-foot row">
            <span class="soft">There are older runs than these.</span>
            <span class="spread" />
            <button
              type="button"
              class="button"
              disabled={isAsking}
              onClick={() => void session.more()}
            >
              {isAsking ? 'Loading…' : 'Show older'}
            </button>
          </div>
        )}
      </section>
    </>
  );
}

function Counts({
  listed: { runs, cursor, isKnown },
  sessionId,
}: {
  readonly listed: SessionListed;
  readonly sessionId: string;
}): JSX.Element | null {
  if (!isKnown) return <div class="session-counts" />;
  const ours = [...runs.values()].filter(({ snapshot }) => snapshot.sessionId === sessionId);
  const children = runs.size - ours.length;
  return (
    <div class="row session-counts">
      <span class="soft">
        {counted(ours.length, 'run')}
        {cursor !== null && ' so far'}
        {children > 0 && ` and ${counted(children, 'child run')} of other sessions`}
      </span>
      {RUN_STATUSES.map((status) => {
        const number = ours.filter(({ snapshot }) => snapshot.status === status).length;
        return (
          number > 0 && (
            <a
              key={status}
              class={`status is-${status}`}
              href={hrefOf({ view: 'runs' }, { session: sessionId, status })}
            >
              <StatusSign status={status} />
              {status} <span class="number">{count(number)}</span>
            </a>
          )
        );
      })}
    </div>
  );
}
