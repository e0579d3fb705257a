import { nanoid } from 'nanoid';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { ForkOptions } from '../../../runtime.ts';
import { runtime } from '../api.ts';
import { clockTime } from '../format.ts';
import { go, hrefOf } from '../location.ts';
import { ErrorNote, Waiting } from '../parts/notes.tsx';
import { useSending } from '../parts/use-sending.ts';
import type { CheckpointRow } from './checkpoint-rows.ts';
import { ForkBeginning } from './fork-beginning.tsx';
import { ForkChannels } from './fork-channels.tsx';
import { type EditTexts, readEdits } from './fork-edits.ts';
import { ForkTells } from './fork-tells.tsx';
import type { RunStore } from './run-store.ts';
import { useCheckpointValues } from './use-checkpoints.ts';
import { useForkCheck } from './use-fork-check.ts';

/** The form of a fork: which checkpoint, what is edited, and what it would begin with. */
export function ForkForm({
  store,
  rows,
  begin,
  seq,
  onClose,
}: {
  readonly store: RunStore;
  /** Those that are kept. */
  readonly rows: readonly [CheckpointRow, ...CheckpointRow[]];
  readonly begin: number;
  /** The moment that was looked at. */
  readonly seq: number;
  readonly onClose: () => void;
}): JSX.Element {
  const [superStep, setSuperStep] = useState(begin);
  const [texts, setTexts] = useState<EditTexts>({});
  const [throughReducers, setThroughReducers] = useState(false);
  const source = store.info.value?.snapshot;
  const [prompt, setPrompt] = useState(source?.prompt ?? '');
  const [sessionId, setSessionId] = useState('');
  const chosen = rows.find((row) => row.superStep === superStep) ?? rows[0];
  const { asked, again } = useCheckpointValues(store, [chosen]);
  const values = asked.value?.[0]?.values;
  const check = useForkCheck({ runId: store.runId, superStep }, texts, throughReducers);
  const { edits, problems } = readEdits(texts);
  const sending = useSending();
  const keyOf = useIdempotencyKey();
  const fork = async (): Promise<void> => {
    const options: ForkOptions = {
      edits,
      throughReducers,
      prompt,
      ...(sessionId.trim() !== '' && { sessionId: sessionId.trim() }),
    };
    const from = { runId: store.runId, superStep: chosen.superStep };
    const idempotencyKey = keyOf([chosen.superStep, options]);
    const forked = await runtime.fork(from, { ...options, idempotencyKey });
    go(hrefOf({ view: 'run', runId: forked.id }));
  };
  const isWrong = problems.size > 0 || check.state === 'refused';
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!isWrong) void sending.send(fork);
      }}
    >
      <div class="dialog-body">
        <Beginning rows={rows} chosen={chosen} onChoose={setSuperStep} />
        <ForkTells store={store} row={chosen} seq={seq} />
        {asked.error !== undefined && (
          <ErrorNote error={asked.error} what="Its values could not be read" onRetry={again} />
        )}
        {values === undefined ? (
          asked.error === undefined && <Waiting />
        ) : (
          <ForkChannels
            definition={source?.definition ?? null}
            values={values}
            texts={texts}
            problems={problems}
            refusal={check.state === 'refused' ? check.error : undefined}
            throughReducers={throughReducers}
            onTexts={setTexts}
            onThroughReducers={setThroughReducers}
          />
        )}
        <ForkBeginning values={values} check={check} />
        <div class="form-pair">
          <TextField id="fork-prompt" label="Prompt" value={prompt} onInput={setPrompt} />
          <TextField
            id="fork-session"
            label="Session"
            placeholder="one of its own"
            value={sessionId}
            onInput={setSessionId}
          />
        </div>
        {sending.error !== undefined && (
          <ErrorNote error={sending.error} what="It was not forked" />
        )}
      </div>
      <div class="dialog-foot">
        <button type="button" class="button" onClick={onClose}>
          Leave it
        </button>
        <button class="button button-primary" disabled={sending.isSending || isWrong}>
          {sending.isSending ? 'Forking…' : `Fork from super-step ${chosen.superStep}`}
        </button>
      </div>
    </form>
  );
}

function Beginning({
  rows,
  chosen,
  onChoose,
}: {
  readonly rows: readonly CheckpointRow[];
  readonly chosen: CheckpointRow;
  readonly onChoose: (superStep: number) => void;
}): JSX.Element {
  return (
    <div class="field">
      <label for="fork-from">From the checkpoint</label>
      <select
        id="fork-from"
        class="input"
        value={chosen.superStep}
        onChange={(event) => onChoose(Number(event.currentTarget.value))}
      >
        {rows.map(({ superStep, label, seq, atMs }) => (
          <option key={superStep} value={superStep}>
            {`${superStep}: ${label ?? 'no label'}, ${seq === null ? 'at the beginning' : `event ${seq}, ${clockTime(atMs)}`}`}
          </option>
        ))}
      </select>
    </div>
  );
}

function TextField({
  id,
  label,
  value,
  placeholder = '',
  onInput,
}: {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly onInput: (value: string) => void;
}): JSX.Element {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="input"
        autocomplete="off"
        placeholder={placeholder}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </div>
  );
}

/** The same key for the same content, however often it is tried: it makes one fork. */
function useIdempotencyKey(): (content: unknown) => string {
  const keys = useRef(new Map<string, string>());
  return (content) => {
    const text = JSON.stringify(content);
    const key = keys.current.get(text) ?? `page ${nanoid()}`;
    keys.current.set(text, key);
    return key;
  };
}
