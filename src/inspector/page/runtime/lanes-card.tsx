import type { JSX } from 'preact';
import type { RuntimeStats } from '../../../runtime.ts';
import { count, counted, shortId } from '../format.ts';
import { hrefOf } from '../location.ts';
import { Empty } from '../parts/notes.tsx';

type Lane = NonNullable<RuntimeStats['dispatch']>['lanes'][number];

const STATES: Readonly<Record<Lane['state'], string>> = {
  driven: 'driven',
  ready: 'waits for a place',
  waiting: 'parked, keeps its turn',
};

/** Sessions with runs that are driven or queued here: whose turn it is, and who waits behind it. */
export function LanesCard({ stats: { dispatch } }: { readonly stats: RuntimeStats }): JSX.Element {
  return (
    <section class="card" aria-label="Lanes">
      <div class="card-head">
        <h2>Lanes</h2>
        <span class="faint">one run after the other in each session</span>
        <span class="spread" />
        {dispatch !== null && (
          <span class="faint number">{counted(dispatch.sessions, 'session')}</span>
        )}
      </div>
      {dispatch === null ? (
        <Empty title="The dispatch of this runtime does not tell its queues" />
      ) : dispatch.lanes.length === 0 ? (
        <Empty title="Nothing is driven or queued here" />
      ) : (
        <ul
          class="plain turns"
          tabIndex={0}
          aria-label="Sessions with runs that are driven or queued"
        >
          {dispatch.lanes.map((lane) => (
            <LaneOfSession key={lane.sessionId} lane={lane} />
          ))}
          {dispatch.sessions > dispatch.lanes.length && (
            <li class="turn soft">
              and {counted(dispatch.sessions - dispatch.lanes.length, 'other session')}
            </li>
          )}
        </ul>
      )}
    </section>
  );
}

/** Runs in the queue of one session that are named. */
const NAMED = 4;

function LaneOfSession({
  lane: { sessionId, runId, state, queued, next },
}: {
  readonly lane: Lane;
}): JSX.Element {
  const named = next.slice(0, NAMED);
  return (
    <li class="turn">
      <a class="cut" href={hrefOf({ view: 'session', sessionId })}>
        {sessionId}
      </a>
      <span class="row">
        <span class={`tag turn-${state}`}>{STATES[state]}</span>
        {runId !== null && <RunLink runId={runId} />}
        {named.length > 0 && <span class="faint">then</span>}
        {named.map((id) => (
          <RunLink key={id} runId={id} />
        ))}
        {queued > named.length && (
          <span class="faint number">and {count(queued - named.length)} more</span>
        )}
      </span>
    </li>
  );
}

function RunLink({ runId }: { readonly runId: string }): JSX.Element {
  return (
    <a class="mono" href={hrefOf({ view: 'run', runId })} title={runId}>
      {shortId(runId)}
    </a>
  );
}
