import type { JSX } from 'preact';
import { clockTime, counted, dateTime, duration } from '../../format.ts';
import { hrefOf } from '../../location.ts';
import { JsonTree } from '../../parts/json-tree.tsx';
import type { StepTry } from '../step-try.ts';
import { barsAt, type RowKind, standingOf, type StepRow, type Then } from './step-rows.ts';
import { OUTCOMES } from './waterfall-row.tsx';

const KINDS: Readonly<Record<RowKind, string>> = {
  step: 'step',
  sleep: 'sleep',
  child: 'child run',
  tool: 'tool',
  turn: 'turn',
};

interface DetailsProps {
  readonly row: StepRow;
  readonly then: Then;
  readonly onClose: () => void;
  readonly onGoTo: (seq: number) => void;
}

/** One row of the waterfall in full: its tries, their errors, what it came to. */
export function StepDetails({ row, then, onClose, onGoTo }: DetailsProps): JSX.Element {
  const { part, kind } = row;
  const { outcome, tookMs, tries } = standingOf(barsAt(row, then));
  const told = part.tries.filter(({ seq }) => seq <= then.seq);
  const last = told.at(-1);
  const isDone = last?.outcome === 'completed' && (last.endedSeq ?? Infinity) <= then.seq;
  return (
    <section class="step-details" aria-label={`${KINDS[kind]} ${part.name}`}>
      <div class="step-head">
        <h3 class="cut">{part.name}</h3>
        <span class="tag">{KINDS[kind]}</span>
        <span class={`tag bar-${outcome}`}>{OUTCOMES[outcome]}</span>
        <span class="spread" />
        <button
          type="button"
          class="button button-quiet button-icon"
          aria-label="Close the details"
          onClick={onClose}
        >
          ✕
        </button>
      </div>
      <p class="soft number">
        {duration(tookMs)} · {counted(tries, 'try', 'tries')}
        {part.untilMs !== null && ` · sleeps until ${dateTime(part.untilMs)}`}
        {part.within !== null && ` · inside ${part.within}`} ·{' '}
        <span class="mono">{part.stepId}</span>
      </p>
      {part.childRunId !== null && (
        <p>
          <a href={hrefOf({ view: 'run', runId: part.childRunId })}>
            Open the child <span class="mono">{part.childRunId}</span>
          </a>
        </p>
      )}
      <ol class="plain step-tries">
        {told.map((one, index) => (
          <Try
            key={one.seq}
            one={one}
            number={index + 1}
            isOnly={told.length === 1}
            then={then}
            onGoTo={onGoTo}
          />
        ))}
      </ol>
      {isDone && part.result !== undefined && (
        <div>
          <span class="label">Result</span>
          <JsonTree value={part.result} />
        </div>
      )}
    </section>
  );
}

interface TryProps {
  readonly one: StepTry;
  readonly number: number;
  readonly isOnly: boolean;
  readonly then: Then;
  readonly onGoTo: (seq: number) => void;
}

function Try({ one, number, isOnly, then, onGoTo }: TryProps): JSX.Element {
  const { startedAtMs, endedAtMs, endedSeq, seq, attempt } = one;
  const isEnded = endedSeq !== null && endedSeq <= then.seq && endedAtMs !== null;
  const error = isEnded ? one.error : null;
  return (
    <li class="step-try">
      <div class="row number">
        {!isOnly && <strong>Try {number}</strong>}
        {isEnded && <span class={`tag bar-${one.outcome}`}>{OUTCOMES[one.outcome]}</span>}
        <span class="soft" title={dateTime(startedAtMs)}>
          {clockTime(startedAtMs)}
          {isEnded && ` – ${clockTime(endedAtMs)} (${duration(endedAtMs - startedAtMs)})`}
        </span>
        {attempt > 0 && <span class="faint">attempt {attempt}</span>}
        <button type="button" class="copy" onClick={() => onGoTo(seq)}>
          {seq === endedSeq ? 'Go to its event' : 'Go to its beginning'}
        </button>
        {isEnded && seq !== endedSeq && (
          <button type="button" class="copy" onClick={() => onGoTo(endedSeq)}>
            Go to its end
          </button>
        )}
      </div>
      {error !== null && (
        <div class="failure">
          <strong>{error.code ?? error.name}</strong> <span>{error.message}</span>
          {error.stack !== undefined && (
            <details>
              <summary>Stack</summary>
              <pre>{error.stack}</pre>
            </details>
          )}
        </div>
      )}
    </li>
  );
}
