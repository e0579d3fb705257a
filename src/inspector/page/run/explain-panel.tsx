import type { JSX } from 'preact';
import { useEffect, useReducer, useRef } from 'preact/hooks';
import { type LogExplanation, waitsFor } from '../../../machines/index.ts';
import { counted } from '../format.ts';
import { Empty, Waiting } from '../parts/notes.tsx';
import { ForeseenCommands } from './foreseen-commands.tsx';
import { IdleGroups } from './idle-groups.tsx';
import { ExplanationOfLog, explanationUntil } from './log-explanation.ts';
import type { PanelProps } from './panels.tsx';
import type { RunStore } from './run-store.ts';
import { LateStory, MachineStory, PathStory } from './story.tsx';

/**
 * How the run came to be what it is: its path through the chart, what was late or without effect and by
 * which rule, what it waits for, and what each command would come to, at the moment that is looked at.
 */
export function ExplainPanel({ store, player }: PanelProps): JSX.Element {
  const explanation = useExplanation(store);
  const { seq, snapshot, isLive } = store.moment.value;
  if (explanation === undefined || snapshot === undefined) {
    return store.reading.value === 'reading' || store.model.events.length > 0 ? (
      <Waiting lines={6} />
    ) : (
      <Empty title="There is no event to explain" />
    );
  }
  const until = explanationUntil(explanation, seq);
  const goTo = (seq: number): void => player.goTo(seq);
  const { machine } = store.model.parts;
  return (
    <div class="explain">
      <section aria-labelledby="explain-waits">
        <h3 id="explain-waits">{isLive ? 'What it waits for' : 'What it waited for then'}</h3>
        <ul class="explain-waits">
          {waitsFor(snapshot).map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </section>
      {explanation.firstSeq > 1 && (
        <p class="note">
          The head of this log was cut: what came before event {explanation.firstSeq} is not told.
        </p>
      )}
      <PathStory store={store} until={until} at={seq} onGo={goTo} />
      {machine.length > 0 && <MachineStory store={store} mentions={machine} at={seq} onGo={goTo} />}
      {until.late.length > 0 && <LateStory store={store} until={until} at={seq} onGo={goTo} />}
      {until.idle.length > 0 && <IdleGroups until={until} at={seq} onGo={goTo} />}
      {until.late.length === 0 && until.idle.length === 0 && (
        <p class="soft">
          Of {counted(store.model.events.length, 'event')}, none came late and none was without
          effect on the run.
        </p>
      )}
      <ForeseenCommands snapshot={snapshot} isLive={isLive} />
    </div>
  );
}

/** The explanation of the log so far, as it is made; undefined until there is one. */
function useExplanation(store: RunStore): LogExplanation | undefined {
  const made = useRef<ExplanationOfLog | undefined>(undefined);
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  const version = store.version.value;
  const { model } = store;
  useEffect(() => {
    if (made.current?.isOf(model) !== true) {
      if (model.events.length === 0) return undefined;
      made.current = new ExplanationOfLog(model);
    }
    const over = new AbortController();
    void made.current.catchUp(over.signal).then(() => {
      if (!over.signal.aborted) redraw(undefined);
    });
    return () => over.abort();
  }, [model, version]);
  return made.current?.isOf(model) === true ? made.current.explanation : undefined;
}
