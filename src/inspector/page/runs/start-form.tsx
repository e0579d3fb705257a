import { nanoid } from 'nanoid';
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { DefinitionInfo } from '../../../definition-info.ts';
import type { Json } from '../../../json.ts';
import { runtime } from '../api.ts';
import { go, hrefOf } from '../location.ts';
import { Described } from '../parts/described.tsx';
import { ErrorNote, Waiting } from '../parts/notes.tsx';
import { FormModes, SchemaForm, useSchemaForm } from '../parts/schema-form.tsx';
import { useAsked } from '../parts/use-asked.ts';
import { useSending } from '../parts/use-sending.ts';
import {
  NO_TEXTS,
  type StartProblems,
  startOptionsOf,
  startProblems,
  type StartTexts,
} from './start-options.ts';

interface StartFormProps {
  /** This definition, and no other. */
  readonly only?: string;
  /** What the form begins with. */
  readonly input?: Json;
  readonly prompt?: string;
  readonly onClose: () => void;
}

/** The body of a dialog that starts a run: its definition, its input, and what else there is to say. */
export function StartForm(props: StartFormProps): JSX.Element {
  const { only, onClose } = props;
  const { asked, again } = useAsked(() => runtime.definitions(), '');
  const [name, setName] = useState(only);
  const { value: all, error } = asked.value;
  if (all === undefined) {
    if (error === undefined) return <Waiting />;
    return (
      <div class="dialog-body">
        <ErrorNote error={error} what="The definitions could not be listed" onRetry={again} />
      </div>
    );
  }
  const chosen =
    only === undefined
      ? (all.find((one) => one.name === name) ?? all[0])
      : all.find((one) => one.name === only);
  if (chosen === undefined) {
    return (
      <>
        <div class="dialog-body">
          <p class="note">
            {only === undefined
              ? 'No definition is registered at this server.'
              : `Its definition, ${only}, is not registered at this server: start it where it is.`}
          </p>
        </div>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            Close
          </button>
        </div>
      </>
    );
  }
  return (
    <>
      {only === undefined && <ChooseDefinition all={all} chosen={chosen} onChoose={setName} />}
      <InputForm key={chosen.name} definition={chosen} {...props} />
    </>
  );
}

function ChooseDefinition({
  all,
  chosen,
  onChoose,
}: {
  readonly all: readonly DefinitionInfo[];
  readonly chosen: DefinitionInfo;
  readonly onChoose: (name: string) => void;
}): JSX.Element {
  const { version, kind, hasPlan, hasVerify } = chosen;
  const facts = [
    version !== null && `version ${version}`,
    kind === 'machine' && 'a state machine',
    hasPlan && 'makes a plan',
    hasVerify && 'verifies its result',
  ];
  return (
    <div class="dialog-body start-definition">
      <div class="field">
        <label for="start-definition">Definition</label>
        <select
          id="start-definition"
          class="input"
          value={chosen.name}
          onChange={(event) => onChoose(event.currentTarget.value)}
        >
          {all.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <span class="field-hint">{facts.filter(Boolean).join(', ')}</span>
      </div>
    </div>
  );
}

function InputForm({
  definition,
  input,
  prompt = '',
  onClose,
}: StartFormProps & { readonly definition: DefinitionInfo }): JSX.Element {
  const { name, inputSchema } = definition;
  const form = useSchemaForm(inputSchema, input);
  const [texts, setTexts] = useState<StartTexts>({ ...NO_TEXTS, prompt });
  const { isSending, error, send } = useSending();
  // One run for one dialog, however often its button is pressed or its request is lost.
  const idempotencyKey = useMemo(() => `page ${nanoid()}`, []);
  const problems = startProblems(texts);
  const isWrong = Object.keys(problems).length > 0;
  const start = async (value: Json | undefined): Promise<void> => {
    const options = startOptionsOf(texts, value, Date.now());
    const run = await runtime.start(name, { ...options, idempotencyKey });
    go(hrefOf({ view: 'run', runId: run.id }));
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const taken = inputOf(form);
        if (taken !== undefined && !isWrong) void send(() => start(taken.value));
      }}
    >
      <div class="dialog-body">
        <div class="row">
          <h3>Input</h3>
          <span class="spread" />
          <FormModes form={form} label="Input" />
        </div>
        <SchemaForm form={form} label="Input" />
        {inputSchema === null && (
          <p class="faint">
            The definition does not say what it takes, so anything goes, nothing too: it is asked
            when the run starts.
          </p>
        )}
        <More texts={texts} problems={problems} onTexts={setTexts} />
        {error !== undefined && <ErrorNote error={error} what="The run was not started" />}
      </div>
      <div class="dialog-foot">
        <button type="button" class="button" onClick={onClose}>
          Leave it
        </button>
        <button class="button button-primary" disabled={isSending}>
          {isSending ? 'Starting…' : `Start ${name}`}
        </button>
      </div>
    </form>
  );
}

/** A definition that does not say what it takes may take nothing: an empty field is no input then. */
function inputOf(
  form: ReturnType<typeof useSchemaForm>,
): { readonly value: Json | undefined } | undefined {
  const isAnything = form.plan.modes.includes('text');
  if (isAnything && form.state.text.trim() === '') return { value: undefined };
  return form.take();
}

function More({
  texts,
  problems,
  onTexts,
}: {
  readonly texts: StartTexts;
  readonly problems: StartProblems;
  readonly onTexts: (texts: StartTexts) => void;
}): JSX.Element {
  const line = (
    name: 'prompt' | 'sessionId' | 'priority' | 'deadline',
    label: string,
    hint = '',
    placeholder = '',
  ): JSX.Element => (
    <Described
      id={`start-${name}`}
      label={label}
      hint={hint}
      problem={name === 'priority' || name === 'deadline' ? problems[name] : undefined}
    >
      {(described) => (
        <input
          {...described}
          class="input"
          autocomplete="off"
          placeholder={placeholder}
          value={texts[name]}
          onInput={(event) => onTexts({ ...texts, [name]: event.currentTarget.value })}
        />
      )}
    </Described>
  );
  return (
    <>
      {line('prompt', 'Prompt', 'What the run is about, for people')}
      <details class="start-more">
        <summary>More</summary>
        <div class="form-pair">
          {line('sessionId', 'Session', 'Its runs go one after the other', 'one of its own')}
          {line('priority', 'Priority', 'Higher goes first', '0')}
          {line(
            'deadline',
            'Deadline in minutes',
            'The run fails if it is not over by then',
            'none',
          )}
          <label class="fork-choice">
            <input
              type="checkbox"
              checked={texts.requireVerification}
              onChange={(event) =>
                onTexts({ ...texts, requireVerification: event.currentTarget.checked })
              }
            />
            <span>It may only complete after a verification that passed</span>
          </label>
        </div>
      </details>
    </>
  );
}
