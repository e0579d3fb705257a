import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { RUN_STATUSES } from '../../../machines/run-status.ts';
import type { RuntimeReport, RuntimeStats } from '../../../runtime.ts';
import { runtime } from '../api.ts';
import { bytes, count, counted } from '../format.ts';
import { hrefOf } from '../location.ts';
import { Waiting } from '../parts/notes.tsx';
import { Status, StatusSign } from '../parts/status.tsx';
import { useAsked } from '../parts/use-asked.ts';
import { Figure } from './figure.tsx';
import { runName } from '../parts/run-name.ts';

/** How often runs are counted anew, in milliseconds. */
const COUNTS_MS = 5_000;

/** Where everything is kept, and what there is to say of it. */
export function StoreCard({
  stats,
  report,
}: {
  readonly stats: RuntimeStats | undefined;
  readonly report: RuntimeReport | undefined;
}): JSX.Element {
  const location = report?.location ?? stats?.store.location;
  const size = stats?.store.bytes;
  const [kind, ...place] = (location ?? '').split(':');
  return (
    <section class="card" aria-label="Store">
      <div class="card-head">
        <h2>Store</h2>
        {kind !== '' && <span class="tag">{kind}</span>}
        <span class="spread" />
        {size !== undefined && size !== null && <span class="faint number">{bytes(size)}</span>}
      </div>
      {report === undefined ? (
        <Waiting />
      ) : (
        <div class="card-body runtime-body">
          {place.length > 0 && <p class="mono store-place">{place.join(':')}</p>}
          <StatusCounts />
          {report.problems.map((problem) => (
            <p key={problem} class="note note-warn">
              {problem}
            </p>
          ))}
          {report.problems.length === 0 && <p class="soft">There is no problem with it.</p>}
          <dl class="figures">
            {Object.entries(report.facts)
              .filter(([, value]) => value !== kind && value !== place.join(':'))
              .map(([name, value]) => (
                <Figure key={name} name={name}>
                  {factText(name, value)}
                </Figure>
              ))}
          </dl>
        </div>
      )}
    </section>
  );
}

function factText(name: string, value: string | number | null): string {
  if (value === null) return 'not known';
  if (typeof value === 'string') return value;
  return name.endsWith('Bytes') ? bytes(value) : count(value);
}

/** How many runs there are of each status. */
function StatusCounts(): JSX.Element | null {
  const { asked, again } = useAsked(async () => runtime.counts(), '');
  useEffect(() => {
    const timer = setInterval(again, COUNTS_MS);
    return () => clearInterval(timer);
  }, [again]);
  const { value } = asked.value;
  if (value === undefined) return null;
  return (
    <div class="row">
      {RUN_STATUSES.map((status) => (
        <a key={status} class={`status is-${status}`} href={hrefOf({ view: 'runs' }, { status })}>
          <StatusSign status={status} />
          {status} <span class="number">{count(value[status])}</span>
        </a>
      ))}
    </div>
  );
}

/** Runs that are shown at once. */
const SHOWN = 5;

/** Runs that nobody drives though somebody should, with why; nothing when there are none. */
export function LeftRuns({ report }: { readonly report: RuntimeReport }): JSX.Element | null {
  const [shown, setShown] = useState(SHOWN);
  const { abandoned } = report;
  if (abandoned.length === 0) return null;
  return (
    <section class="note note-warn left" aria-label="Runs that nobody drives">
      <strong>{counted(abandoned.length, 'run')} that nobody drives, though somebody should</strong>
      <ul class="plain">
        {abandoned.slice(0, shown).map(({ snapshot, why }) => (
          <li key={snapshot.runId} class="left-run">
            <Status status={snapshot.status} />
            <a href={hrefOf({ view: 'run', runId: snapshot.runId })}>{runName(snapshot)}</a>
            <span>{why}</span>
          </li>
        ))}
      </ul>
      {abandoned.length > shown && (
        <button type="button" class="button" onClick={() => setShown(shown + 50)}>
          {counted(abandoned.length - shown, 'more run')}
        </button>
      )}
    </section>
  );
}
