import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { counted, dateTime, duration } from '../format.ts';
import { show } from '../location.ts';
import { now } from '../now.ts';
import { JsonTree } from '../parts/json-tree.tsx';
import { AnswerForm } from './answer-form.tsx';
import type { InterruptPart } from './run-parts.ts';
import type { RunStore } from './run-store.ts';

/** Questions that are answered at once here; further ones in their panel. */
export const ANSWERED_ABOVE = 3;

/**
 * The open questions of the run, above everything else: it goes on when they are answered. Of a moment that is
 * past it tells what was open then. A question that somebody else has settled while it was answered here says so.
 */
export function QuestionsNote({ store }: { readonly store: RunStore }): JSX.Element | null {
  void store.version.value;
  const [begun, setBegun] = useState<ReadonlySet<string>>(new Set());
  const [answered, setAnswered] = useState<ReadonlySet<string>>(new Set());
  const { seq, isLive } = store.moment.value;
  const { interrupts } = store.model.parts;
  const isOver = isOverAt(store);
  const open = openAt(interrupts, seq, isOver);
  if (!isLive) return open.length === 0 ? null : <OpenThen open={open} />;
  const overtaken = interrupts.filter(
    ({ interruptId, settledSeq }) =>
      (settledSeq !== null || isOver) && begun.has(interruptId) && !answered.has(interruptId),
  );
  const forget = (id: string): void => setBegun(new Set([...begun].filter((one) => one !== id)));
  if (open.length === 0 && overtaken.length === 0) return null;
  return (
    <section class="questions-note" aria-label="Open questions">
      {overtaken.map((part) => (
        <Overtaken key={part.interruptId} part={part} onSeen={() => forget(part.interruptId)} />
      ))}
      {open.slice(0, ANSWERED_ABOVE).map((part) => (
        <section
          key={part.interruptId}
          id={cardIdOf(part.interruptId)}
          class="card question-card"
          aria-label={part.question}
        >
          <QuestionHead part={part} />
          <AnswerForm
            store={store}
            part={part}
            onTouched={() => {
              if (!begun.has(part.interruptId)) setBegun(new Set([...begun, part.interruptId]));
            }}
            onAnswered={() => setAnswered(new Set([...answered, part.interruptId]))}
          />
        </section>
      ))}
      {open.length > ANSWERED_ABOVE && (
        <button type="button" class="button" onClick={() => show({ panel: 'questions' })}>
          See {counted(open.length - ANSWERED_ABOVE, 'more question')}
        </button>
      )}
    </section>
  );
}

function cardIdOf(interruptId: string): string {
  return `question-${encodeURIComponent(interruptId)}`;
}

/** Goes to the form of a question that is open. */
export function toQuestion(interruptId: string): void {
  const card = document.getElementById(cardIdOf(interruptId));
  card?.scrollIntoView({ block: 'center' });
  card?.querySelector<HTMLElement>('input, textarea, select')?.focus();
}

/** What was asked and not settled at a moment. A run that is over waits for no answer. */
export function openAt(
  interrupts: readonly InterruptPart[],
  seq: number,
  isOver: boolean,
): readonly InterruptPart[] {
  if (isOver) return [];
  return interrupts.filter(
    (part) => part.seq <= seq && (part.settledSeq === null || part.settledSeq > seq),
  );
}

export function isOverAt(store: RunStore): boolean {
  const { end } = store.model;
  return end !== undefined && end.seq <= store.moment.value.seq;
}

/** The question, when it was asked, and how long it still may be answered. */
function QuestionHead({ part }: { readonly part: InterruptPart }): JSX.Element {
  return (
    <div class="question-head">
      <div class="row">
        <span class="tag tag-warn">waits for an answer</span>
        <span class="mono faint">{part.name}</span>
        <span class="spread" />
        <Expiry part={part} />
      </div>
      <h2 class="question-text">{part.question}</h2>
    </div>
  );
}

/** How long a question has been open, and how long it still is. */
export function Expiry({ part }: { readonly part: InterruptPart }): JSX.Element {
  const { askedAtMs, expiresAtMs } = part;
  const leftMs = expiresAtMs === null ? undefined : expiresAtMs - now.value;
  return (
    <span class="faint number" title={`Asked ${dateTime(askedAtMs)}`}>
      asked {duration(Math.max(1_000, roundTo(now.value - askedAtMs)))} ago
      {leftMs !== undefined && (
        <span class={leftMs < 60_000 ? 'question-hurry' : ''}>
          {leftMs > 0 ? `, expires in ${duration(roundTo(leftMs))}` : ', its time is up'}
        </span>
      )}
    </span>
  );
}

/** Whole seconds: a clock that shows more of them is never still. */
function roundTo(ms: number): number {
  return Math.ceil(ms / 1_000) * 1_000;
}

function OpenThen({ open }: { readonly open: readonly InterruptPart[] }): JSX.Element {
  return (
    <section class="note note-warn" aria-label="Questions that were open">
      <strong>
        {open.length === 1 ? 'A question was open at this moment' : 'Questions were open then'}
      </strong>
      {open.map(({ interruptId, question }) => (
        <span key={interruptId}>{question}</span>
      ))}
      <button type="button" class="copy" onClick={() => show({ panel: 'questions' })}>
        what was answered
      </button>
    </section>
  );
}

function Overtaken({
  part,
  onSeen,
}: {
  readonly part: InterruptPart;
  readonly onSeen: () => void;
}): JSX.Element {
  return (
    <div class="note note-warn" role="status">
      <strong>“{part.question}” was settled meanwhile, not by what you have put in</strong>
      {part.outcome === 'answered' ? (
        <JsonTree value={part.value} />
      ) : (
        <span>{part.outcome ?? 'The run ended first.'}</span>
      )}
      <button type="button" class="button" onClick={onSeen}>
        I have seen it
      </button>
    </div>
  );
}
