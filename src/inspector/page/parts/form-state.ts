import type { Json } from '../../../json.ts';
import { type Draft, draftOf, type Formed, formedOf, NEEDED } from './form-value.ts';
import { jsonTextOf, readJsonText } from './json-text.ts';
import { type Field, fieldOf } from './schema-field.ts';
import { type Check, checkBy } from './value-problems.ts';

/** How a value is put in: by controls, as JSON, or as a text that is the value itself. */
export type FormMode = 'fields' | 'json' | 'text';

/** What a form asks for. Made once from a schema. */
export interface FormPlan {
  readonly field: Field;
  readonly check: Check;
  /** The first is the one to begin with. */
  readonly modes: readonly FormMode[];
}

/** What a person has put in so far. */
export interface FormState {
  readonly mode: FormMode;
  readonly draft: Draft;
  readonly text: string;
  /** Pointers of fields that something was put into: what is wrong with others is not told yet. */
  readonly touched: ReadonlySet<string>;
  /** Somebody tried to send it: everything that is wrong is told. */
  readonly isAsked: boolean;
}

/** The plan of a form for a JSON Schema; null asks for any JSON. */
export function planForm(schema: Json): FormPlan {
  const field = fieldOf(schema);
  const modes: readonly FormMode[] =
    schema === null ? ['text', 'json'] : field.kind === 'json' ? ['json'] : ['fields', 'json'];
  return { field, check: checkBy(schema), modes };
}

/** `initial` is the value to begin with. Default: that of the schema. */
export function beginForm({ field, modes }: FormPlan, initial?: Json): FormState {
  const value = initial ?? field.initial;
  const isStructured = modes[0] === 'text' && value !== undefined && typeof value !== 'string';
  const mode = isStructured ? 'json' : (modes[0] ?? 'json');
  return {
    mode,
    draft: draftOf(field, value),
    text: mode === 'text' && typeof value === 'string' ? value : jsonTextOf(value),
    touched: new Set(),
    isAsked: false,
  };
}

/** The value as it is now, and all that is wrong with it. A value without problems may be sent. */
export function readForm(plan: FormPlan, state: FormState): Formed {
  if (state.mode === 'text') {
    return state.text === '' ? wrong(NEEDED) : { value: state.text, problems: new Map() };
  }
  if (state.mode === 'json') {
    const read = readJsonText(state.text);
    if (!read.ok) return wrong(state.text.trim() === '' ? NEEDED : read.problem);
    return { value: read.value, problems: plan.check(read.value) };
  }
  const { value, problems } = formedOf(plan.field, state.draft);
  if (value === undefined) return { value, problems: new Map([['', NEEDED], ...problems]) };
  // A list with a gap is checked too: what is wrong beside the gap is told at once.
  return { value, problems: new Map([...plan.check(value), ...problems]) };
}

/** The same value, put in another way. What the other way cannot hold is lost. */
export function turnForm(plan: FormPlan, state: FormState, mode: FormMode): FormState {
  const { value } = readForm(plan, state);
  const fresh = { ...state, mode, touched: new Set<string>(), isAsked: false };
  if (mode === 'fields') return { ...fresh, draft: draftOf(plan.field, value) };
  if (mode === 'text') return { ...fresh, text: typeof value === 'string' ? value : state.text };
  return { ...fresh, text: jsonTextOf(value) };
}

/** The problems that are told by now. */
export function toldProblems(
  { problems }: Formed,
  { touched, isAsked }: FormState,
): ReadonlyMap<string, string> {
  if (isAsked) return problems;
  return new Map([...problems].filter(([pointer]) => touched.has(pointer)));
}

function wrong(problem: string): Formed {
  return { value: undefined, problems: new Map([['', problem]]) };
}
