import type { JSX } from 'preact';
import { useId, useMemo, useRef, useState } from 'preact/hooks';
import type { Json } from '../../../json.ts';
import {
  beginForm,
  type FormMode,
  type FormPlan,
  type FormState,
  planForm,
  readForm,
  toldProblems,
  turnForm,
} from './form-state.ts';
import type { Draft } from './form-value.ts';
import { Described } from './described.tsx';
import { FieldInput } from './field-input.tsx';
import { idOf } from './field-props.ts';
import { SmallOptions } from './options.tsx';

/** A form that is being filled in. */
export interface SchemaFormHandle {
  readonly plan: FormPlan;
  readonly state: FormState;
  readonly id: string;
  set(state: FormState): void;
  /** The value if nothing is wrong with it; otherwise undefined, everything is told, and the first fault gets the focus. */
  take(): { readonly value: Json } | undefined;
}

/** A form for a JSON Schema; null is any JSON. Another schema begins another form: give the component a key. */
export function useSchemaForm(schema: Json, initial?: Json): SchemaFormHandle {
  const id = useId();
  const plan = useMemo(() => planForm(schema), []);
  const [state, set] = useState(() => beginForm(plan, initial));
  const latest = useRef(state);
  latest.current = state;
  return {
    plan,
    state,
    id,
    set,
    take: () => {
      const { value, problems } = readForm(plan, latest.current);
      if (problems.size === 0 && value !== undefined) return { value };
      set({ ...latest.current, isAsked: true });
      setTimeout(() => {
        const form = document.getElementById(id);
        form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
      });
      return undefined;
    },
  };
}

const MODES: Readonly<Record<FormMode, string>> = { fields: 'Form', json: 'JSON', text: 'Text' };

/** The controls of a form. `label` names the value where its schema does not. */
export function SchemaForm({
  form,
  label,
}: {
  readonly form: SchemaFormHandle;
  readonly label: string;
}): JSX.Element {
  const { plan, state, id, set } = form;
  const formed = useMemo(() => readForm(plan, state), [plan, state]);
  const problems = toldProblems(formed, state);
  const change = (draft: Draft, at: string): void => {
    set({ ...latestOf(state, at), draft });
  };
  return (
    <div class="schema-form" id={id}>
      {state.mode === 'fields' ? (
        <FieldInput
          field={plan.field}
          draft={state.draft}
          at=""
          form={{ id, label, problems }}
          onChange={change}
        />
      ) : (
        <Described
          id={idOf(id, '')}
          label={label}
          isLabelSeen={false}
          hint={state.mode === 'json' ? plan.field.hint : ''}
          problem={firstOf(problems)}
        >
          {(described) => (
            <textarea
              {...described}
              class={`input ${state.mode === 'text' ? 'schema-text' : ''}`}
              rows={state.mode === 'text' ? 3 : rowsOf(state.text)}
              spellcheck={state.mode === 'text'}
              placeholder={state.mode === 'json' ? PLACEHOLDER : ''}
              value={state.text}
              onInput={(event) =>
                set({
                  ...latestOf(state, ...formed.problems.keys(), ''),
                  text: event.currentTarget.value,
                })
              }
            />
          )}
        </Described>
      )}
    </div>
  );
}

const PLACEHOLDER = '{ "like": "this" }';

function latestOf(state: FormState, ...touched: readonly string[]): FormState {
  return { ...state, touched: new Set([...state.touched, ...touched]) };
}

function rowsOf(text: string): number {
  return Math.min(16, Math.max(4, text.split('\n').length + 1));
}

/** Of a value that is written as one text: the first fault, and where it is. */
function firstOf(problems: ReadonlyMap<string, string>): string | undefined {
  const [first] = problems;
  if (first === undefined) return undefined;
  return first[0] === '' ? first[1] : `${first[0].slice(1).replaceAll('/', ' › ')}: ${first[1]}`;
}

/** Chooses how the value is put in; nothing where there is one way only. */
export function FormModes({
  form: { plan, state, id, set },
  label,
}: {
  readonly form: SchemaFormHandle;
  readonly label: string;
}): JSX.Element | null {
  if (plan.modes.length < 2) return null;
  return (
    <SmallOptions
      label={`How to give: ${label.toLowerCase()}`}
      name={`${id}-mode`}
      options={plan.modes.map((mode) => MODES[mode])}
      chosen={plan.modes.indexOf(state.mode)}
      onChoose={(index) => set(turnForm(plan, state, plan.modes[index] ?? state.mode))}
    />
  );
}
