import type { JSX } from 'preact';
import { isTerminal, type RunSnapshot, waitsFor } from '../../../machines/index.ts';
import { dateTime } from '../format.ts';
import { JsonTree } from '../parts/json-tree.tsx';
import type { RunStore } from './run-store.ts';

/** What the run was at the moment that is looked at: what it waited for, or what it came to. */
export function NowCard({ store }: { readonly store: RunStore }): JSX.Element | null {
  const { snapshot, isLive } = store.moment.value;
  if (snapshot === undefined) return null;
  const attempt = store.model.parts.attempts.findLast(({ seq }) => seq <= store.moment.value.seq);
  return (
    <section class="card" aria-label={isLive ? 'What it is now' : 'What it was then'}>
      <div class="card-head">
        <h2>{isLive ? 'Now' : 'At this moment'}</h2>
      </div>
      <div class="card-body facts">
        {!isTerminal(snapshot.status) && (
          <Fact name="Waits for">
            <ul class="plain">
              {waitsFor(snapshot).map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </Fact>
        )}
        {attempt !== undefined && (
          <Fact name="Attempt">
            <span class="number">{attempt.attempt}</span> by{' '}
            <span class="mono">{attempt.owner}</span>
          </Fact>
        )}
        {snapshot.deadlineAtMs !== null && (
          <Fact name="Deadline">{dateTime(snapshot.deadlineAtMs)}</Fact>
        )}
        <Ending snapshot={snapshot} />
        <Checks snapshot={snapshot} />
      </div>
    </section>
  );
}

function Fact({
  name,
  children,
}: {
  readonly name: string;
  readonly children: JSX.Element | JSX.Element[] | string | (JSX.Element | string)[];
}): JSX.Element {
  return (
    <div class="fact">
      <span class="label">{name}</span>
      <div>{children}</div>
    </div>
  );
}

function Ending({ snapshot }: { readonly snapshot: RunSnapshot }): JSX.Element | null {
  const { status, result, error, cancelReason } = snapshot;
  if (status === 'completed') {
    return (
      <Fact name="Result">
        <JsonTree value={result} />
      </Fact>
    );
  }
  if (status === 'failed') {
    return (
      <Fact name="Error">
        <div class="failure">
          <strong>{error?.code ?? error?.name ?? 'Error'}</strong>
          <p>{error?.message}</p>
          {error?.stack !== undefined && (
            <details>
              <summary>Stack</summary>
              <pre>{error.stack}</pre>
            </details>
          )}
        </div>
      </Fact>
    );
  }
  if (status === 'cancelled') return <Fact name="Reason">{cancelReason ?? 'none was given'}</Fact>;
  return null;
}

const SIGNS = { passed: '✓', failed: '✕', needs_review: '?', skipped: '–' } as const;

function Checks({ snapshot }: { readonly snapshot: RunSnapshot }): JSX.Element | null {
  const { verification } = snapshot;
  if (verification === null) return null;
  return (
    <Fact name="Verification">
      <ul class="plain">
        {verification.checks.map(({ name, status, required }) => (
          <li key={name} class={`check-${status}`}>
            <span aria-hidden="true">{SIGNS[status]}</span> {name}{' '}
            <span class="faint">
              {status.replace('_', ' ')}
              {required ? '' : ', not required'}
            </span>
          </li>
        ))}
      </ul>
    </Fact>
  );
}
