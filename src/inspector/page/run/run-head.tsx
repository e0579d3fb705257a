import type { JSX } from 'preact';
import { isTerminal } from '../../../machines/run-status.ts';
import { age, counted, dateTime, duration } from '../format.ts';
import { hrefOf } from '../location.ts';
import { now } from '../now.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Status } from '../parts/status.tsx';
import { standingOf } from '../runs/standing.ts';
import { CancelRun } from './cancel-run.tsx';
import { ForkRun } from './fork-run.tsx';
import type { RunStore } from './run-store.ts';
import { runName } from '../parts/run-name.ts';
import { StandingTag } from '../runs/standing-tag.tsx';

/** Which run it is, what it is now, and what can be done to it. */
export function RunHead({ store }: { readonly store: RunStore }): JSX.Element | null {
  const info = store.info.value;
  if (info === undefined) return null;
  const { runId, sessionId, prompt, definition, version, status, forkedFrom } = info.snapshot;
  const standing = standingOf(info);
  return (
    <header class="run-head">
      <nav class="crumbs soft" aria-label="Where this is">
        <a href={hrefOf({ view: 'runs' })}>Runs</a>
        {sessionId !== runId && (
          <>
            <span aria-hidden="true">/</span>
            <a class="cut" href={hrefOf({ view: 'session', sessionId })}>
              {sessionId}
            </a>
          </>
        )}
        <span aria-hidden="true">/</span>
        <span class="mono cut">{runId}</span>
        <CopyButton text={runId} what="the id of the run" />
      </nav>
      <div class="row run-title">
        <h1 class="run-prompt" title={prompt}>
          {runName(info.snapshot)}
        </h1>
        <span class="spread" />
        <ForkRun store={store} />
        {!isTerminal(status) && <CancelRun store={store} />}
      </div>
      <div class="row soft">
        <Status status={status} />
        {standing !== undefined && standing.kind !== 'question' && (
          <StandingTag standing={standing} />
        )}
        {definition !== null && (
          <span>
            {definition}
            {version !== null && <span class="faint"> version {version}</span>}
          </span>
        )}
        {forkedFrom !== null && (
          <span>
            fork of{' '}
            <a class="mono" href={hrefOf({ view: 'run', runId: forkedFrom.runId })}>
              {forkedFrom.runId}
            </a>{' '}
            at super-step {forkedFrom.superStep}
          </span>
        )}
        <Times store={store} />
      </div>
    </header>
  );
}

function Times({ store }: { readonly store: RunStore }): JSX.Element | null {
  const info = store.info.value;
  if (info === undefined) return null;
  const { createdAtMs, updatedAtMs, status, attempt, lateCount } = info.snapshot;
  const endMs = isTerminal(status)
    ? (endOf(store) ?? updatedAtMs)
    : Math.max(now.value, updatedAtMs);
  return (
    <>
      <span title={dateTime(createdAtMs)}>created {age(now.value - createdAtMs)} ago</span>
      <span class="number">
        {isTerminal(status) ? 'took' : 'for'} {duration(endMs - createdAtMs)}
      </span>
      {attempt > 1 && <span>{counted(attempt, 'attempt')}</span>}
      {lateCount > 0 && <span class="tag">{counted(lateCount, 'late event')}</span>}
    </>
  );
}

function endOf({ model, version }: RunStore): number | undefined {
  void version.value;
  const { end } = model;
  return end && model.event(end.seq)?.emittedAtMs;
}
