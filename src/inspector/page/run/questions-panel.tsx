import type { JSX } from 'preact';
import { clockTime, dateTime, duration } from '../format.ts';
import { JsonTree } from '../parts/json-tree.tsx';
import { Empty } from '../parts/notes.tsx';
import { AnswerForm } from './answer-form.tsx';
import type { PanelProps } from './panels.tsx';
import { ANSWERED_ABOVE, Expiry, isOverAt, openAt, toQuestion } from './questions-note.tsx';
import type { InterruptPart } from './run-parts.ts';
import type { RunStore } from './run-store.ts';

/** Questions that are shown at once: more are rare, and each is a small form. */
const SHOWN = 100;

/** All questions up to the moment that is looked at, by the log: when, until when, and what came of each. */
export function QuestionsPanel({ store, player }: PanelProps): JSX.Element {
  void store.version.value;
  const { seq, isLive } = store.moment.value;
  const asked = store.model.parts.interrupts.filter((part) => part.seq <= seq);
  if (asked.length === 0) {
    return (
      <Empty title={isLive ? 'This run has asked nothing' : 'Nothing had been asked by then'}>
        <span>What a run asks a person by interrupt() is listed here, with its answer.</span>
      </Empty>
    );
  }
  const openParts = openAt(asked, seq, isOverAt(store));
  const open = new Set(openParts);
  const above = new Set(openParts.slice(0, ANSWERED_ABOVE));
  const newest = asked.toReversed();
  return (
    <ol class="plain questions">
      {newest.slice(0, SHOWN).map((part) => (
        <Question
          key={part.seq}
          store={store}
          player={player}
          part={part}
          isOpen={open.has(part)}
          isAbove={above.has(part)}
        />
      ))}
      {newest.length > SHOWN && (
        <li class="faint">Older ones are not listed: scrub back to them.</li>
      )}
    </ol>
  );
}

interface QuestionProps extends PanelProps {
  readonly part: InterruptPart;
  readonly isOpen: boolean;
  /** Its form stands above the run already. */
  readonly isAbove: boolean;
}

function Question({ store, player, part, isOpen, isAbove }: QuestionProps): JSX.Element {
  const { isLive } = store.moment.value;
  return (
    <li class="question">
      <div class="row">
        <span class="mono">{part.name}</span>
        <Outcome part={part} isOpen={isOpen} store={store} />
        <span class="spread" />
        {isOpen && isLive ? (
          <Expiry part={part} />
        ) : (
          <button
            type="button"
            class="copy number"
            title={`Go to ${dateTime(part.askedAtMs)}`}
            onClick={() => player.goTo(part.seq)}
          >
            asked {clockTime(part.askedAtMs)}
          </button>
        )}
      </div>
      <strong class="question-text">{part.question}</strong>
      {part.expiresAtMs !== null && !(isOpen && isLive) && (
        <span class="faint">It could be answered until {dateTime(part.expiresAtMs)}.</span>
      )}
      <Answer store={store} player={player} part={part} isOpen={isOpen} isAbove={isAbove} />
      {part.schema !== null && (
        <details>
          <summary class="faint">What the answer had to be</summary>
          <JsonTree value={part.schema} depth={3} />
        </details>
      )}
    </li>
  );
}

function Outcome({
  store,
  part,
  isOpen,
}: {
  readonly store: RunStore;
  readonly part: InterruptPart;
  readonly isOpen: boolean;
}): JSX.Element {
  if (isOpen) return <span class="tag tag-warn">open</span>;
  const { settledSeq, outcome } = part;
  if (settledSeq === null || settledSeq > store.moment.value.seq) {
    return <span class="tag">the run ended first</span>;
  }
  const atMs = store.model.event(settledSeq)?.emittedAtMs;
  const after = atMs === undefined ? '' : ` after ${duration(Math.max(0, atMs - part.askedAtMs))}`;
  return (
    <span class="tag">
      {outcome}
      {after}
    </span>
  );
}

function Answer({ store, player, part, isOpen, isAbove }: QuestionProps): JSX.Element | null {
  const { seq, isLive } = store.moment.value;
  if (isOpen && isLive) {
    if (!isAbove) return <AnswerForm store={store} part={part} />;
    return (
      <div>
        <button type="button" class="button" onClick={() => toQuestion(part.interruptId)}>
          Answer it above
        </button>
      </div>
    );
  }
  const { settledSeq, outcome, value } = part;
  if (isOpen || settledSeq === null || settledSeq > seq || outcome !== 'answered') return null;
  return (
    <div class="question-answer">
      <JsonTree value={value} />
      <button type="button" class="copy" onClick={() => player.goTo(settledSeq)}>
        go to the answer
      </button>
    </div>
  );
}
