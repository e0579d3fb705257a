import type { ComponentChildren, JSX } from 'preact';
import type { LateEvent, PathStep } from '../../../machines/index.ts';
import { clockTime, count, counted, dateTime, duration } from '../format.ts';
import { Status } from '../parts/status.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { eventText } from './event-text.ts';
import type { ExplanationUntil } from './log-explanation.ts';
import { countUntil } from './log-model.ts';
import type { Mention } from './run-parts.ts';
import type { RunStore } from './run-store.ts';
import { stateText, typeOf } from './machine-text.ts';

interface StoryProps {
  readonly store: RunStore;
  /** The moment that is looked at. */
  readonly at: number;
  readonly onGo: (seq: number) => void;
}

/** The path through the chart: each move with when, from where, and why. */
export function PathStory({
  store,
  until: { path, pathUntil },
  at,
  onGo,
}: StoryProps & { readonly until: ExplanationUntil }): JSX.Element {
  const line = (step: PathStep, index: number): JSX.Element => (
    <Line
      kind="move"
      store={store}
      seq={step.seq}
      at={at}
      onGo={onGo}
      isAt={index === pathUntil - 1}
    >
      <span class="story-move">
        {step.from !== null && (
          <>
            <span class="soft">{step.from}</span>
            <span role="img" aria-label="to">
              →
            </span>
          </>
        )}
        <Status status={step.to} />
      </span>
      <Why store={store} seq={step.seq} />
      <After store={store} seq={step.seq} before={path[index - 1]?.seq} />
    </Line>
  );
  return (
    <Story
      title="How it came here"
      note={progress(pathUntil, path.length, 'move')}
      list={path}
      current={pathUntil - 1}
      line={line}
    />
  );
}

/** What came when the run was over, with the rule that says so. */
export function LateStory({
  store,
  until: { late, lateUntil },
  at,
  onGo,
}: StoryProps & { readonly until: ExplanationUntil }): JSX.Element {
  const line = ({ seq, why }: LateEvent): JSX.Element => (
    <Line kind="late" store={store} seq={seq} at={at} onGo={onGo} isAt={seq === at}>
      <span class="tag effect-late">late</span>
      <span class="story-why">{why}</span>
    </Line>
  );
  return (
    <Story
      title="What came too late"
      note={progress(lateUntil, late.length, 'event')}
      list={late}
      current={lateUntil - 1}
      line={line}
    />
  );
}

/** The transitions of the machine that does the work of the run. */
export function MachineStory({
  store,
  mentions,
  at,
  onGo,
}: StoryProps & { readonly mentions: readonly Mention[] }): JSX.Element {
  const current = countUntil(mentions, at) - 1;
  const line = ({ seq, event }: Mention, index: number): JSX.Element => (
    <Line kind="machine" store={store} seq={seq} at={at} onGo={onGo} isAt={index === current}>
      <span class="story-move mono">
        {index > 0 && (
          <span role="img" aria-label="to">
            →
          </span>
        )}
        <strong>{stateText(event['to'])}</strong>
      </span>
      <span class="mono soft cut" title={typeOf(event['event'])}>
        {typeOf(event['event'])}
      </span>
      <After store={store} seq={seq} before={mentions[index - 1]?.seq} />
    </Line>
  );
  return (
    <Story
      title="Transitions of its machine"
      note={progress(current + 1, mentions.length, 'transition')}
      list={mentions}
      current={current}
      line={line}
    />
  );
}

/** Lines that are there all at once; of more, only those in view are. */
const PLAIN = 60;
/** Pixels of a line among many. */
const LINE = 40;

function Story<T extends { readonly seq: number }>({
  title,
  note,
  list,
  current,
  line,
}: {
  readonly title: string;
  readonly note: string;
  readonly list: readonly T[];
  readonly current: number;
  readonly line: (one: T, index: number) => JSX.Element;
}): JSX.Element {
  return (
    <section aria-label={title}>
      <div class="row story-head">
        <h3>{title}</h3>
        <span class="faint number">{note}</span>
      </div>
      {list.length <= PLAIN ? (
        <ol class="plain">
          {list.map((one, index) => (
            <li key={one.seq}>{line(one, index)}</li>
          ))}
        </ol>
      ) : (
        <div class="story-many">
          <VirtualRows
            label={title}
            count={list.length}
            height={LINE}
            shown={current}
            keyOf={(index) => list[index]?.seq ?? index}
            row={(index) => line(list[index] as T, index)}
          />
        </div>
      )}
    </section>
  );
}

function Line({
  kind,
  store,
  seq,
  at,
  isAt,
  onGo,
  children,
}: StoryProps & {
  readonly kind: 'move' | 'late' | 'machine';
  readonly seq: number;
  readonly isAt: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
  const atMs = store.model.event(seq)?.emittedAtMs;
  return (
    <button
      type="button"
      class={`story-line story-${kind} ${seq > at ? 'is-later' : ''} ${isAt ? 'is-at' : ''}`}
      aria-current={isAt ? 'step' : undefined}
      onClick={() => onGo(seq)}
    >
      <span class="story-when number faint">
        <span title="The number of the event">{count(seq)}</span>
        {atMs !== undefined && <span title={dateTime(atMs)}>{clockTime(atMs)}</span>}
      </span>
      {children}
    </button>
  );
}

function Why({ store, seq }: { readonly store: RunStore; readonly seq: number }): JSX.Element {
  const envelope = store.model.event(seq);
  return (
    <span class="story-why">
      <span class="mono">{envelope?.event.type}</span>{' '}
      <span class="soft">{envelope && eventText(envelope)}</span>
    </span>
  );
}

/** Nothing to wonder about took less, in milliseconds. */
const BRIEF_MS = 100;

function After({
  store,
  seq,
  before,
}: {
  readonly store: RunStore;
  readonly seq: number;
  readonly before: number | undefined;
}): JSX.Element | null {
  const toMs = store.model.event(seq)?.emittedAtMs;
  const fromMs = before === undefined ? undefined : store.model.event(before)?.emittedAtMs;
  if (toMs === undefined || fromMs === undefined || toMs - fromMs < BRIEF_MS) return null;
  return <span class="story-after faint number">after {duration(toMs - fromMs)}</span>;
}

function progress(until: number, all: number, one: string): string {
  const whole = counted(all, one);
  return until === all ? whole : `${count(until)} of ${whole}`;
}
