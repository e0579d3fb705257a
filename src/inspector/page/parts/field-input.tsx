import type { JSX } from 'preact';
import { type Draft, draftOf, isGroup, isVariant, escaped } from './form-value.ts';
import type { ChoiceField, Field, NumberField, TextField } from './schema-field.ts';
import { Options } from './options.tsx';

/** What all fields of one form share. */
export interface FieldForm {
  readonly id: string;
  /** The name of the value as a whole. */
  readonly label: string;
  /** What is told as wrong, by JSON Pointer. */
  readonly problems: ReadonlyMap<string, string>;
}

interface FieldProps<Of extends Field = Field> {
  readonly field: Of;
  readonly draft: Draft;
  /** JSON Pointer of the value. */
  readonly at: string;
  readonly form: FieldForm;
  readonly onChange: (draft: Draft, at: string) => void;
}

/** The control, or the controls, of one field. */
export function FieldInput(props: FieldProps): JSX.Element | null {
  const { field } = props;
  switch (field.kind) {
    case 'boolean':
      return <BooleanInput {...props} />;
    case 'choice':
      return <ChoiceInput {...props} field={field} />;
    case 'text':
    case 'number':
      return <LineInput {...props} field={field} />;
    case 'json':
      return <JsonInput {...props} />;
    case 'list':
      return <ListInput {...props} field={field} />;
    case 'group':
      return <GroupInput {...props} field={field} />;
    case 'variants':
      return <VariantsInput {...props} field={field} />;
    case 'fixed':
      return null;
  }
}

export function idOf(id: string, at: string): string {
  return `${id}${encodeURIComponent(at)}-value`;
}

interface DescribedProps {
  readonly id: string;
  readonly label: string;
  readonly isLabelSeen?: boolean;
  readonly isRequired?: boolean;
  readonly hint: string;
  readonly problem: string | undefined;
  readonly children: (described: {
    readonly id: string;
    readonly 'aria-describedby': string | undefined;
    readonly 'aria-invalid': 'true' | undefined;
    readonly 'aria-required': 'true' | undefined;
  }) => JSX.Element;
}

/** A control with its label, what is said of it, and what is wrong. */
export function Described(props: DescribedProps): JSX.Element {
  const { id, label, isLabelSeen = true, isRequired = false, hint, problem, children } = props;
  const [hintId, problemId] = [`${id}-hint`, `${id}-problem`];
  const describedBy = [hint !== '' && hintId, problem !== undefined && problemId];
  return (
    <div class="field">
      <label for={id} class={isLabelSeen ? undefined : 'only-heard'}>
        {label}
        {isRequired && <Required />}
      </label>
      {children({
        id,
        'aria-describedby': describedBy.filter(Boolean).join(' ') || undefined,
        'aria-invalid': problem === undefined ? undefined : 'true',
        'aria-required': isRequired ? 'true' : undefined,
      })}
      <Said hint={hint} hintId={hintId} problem={problem} problemId={problemId} />
    </div>
  );
}

function Required(): JSX.Element {
  return <span class="required"> required</span>;
}

function Said({
  hint,
  hintId,
  problem,
  problemId,
}: {
  readonly hint: string;
  readonly hintId: string;
  readonly problem: string | undefined;
  readonly problemId: string;
}): JSX.Element {
  return (
    <>
      {hint !== '' && (
        <span class="field-hint" id={hintId}>
          {hint}
        </span>
      )}
      {problem !== undefined && (
        <span class="field-problem" id={problemId}>
          {problem}
        </span>
      )}
    </>
  );
}

/** Of the element. What is typed is checked by the schema, whatever the browser thinks of it. */
const TYPES: Readonly<Record<Exclude<TextField['input'], 'long'>, 'text'>> = {
  line: 'text',
  date: 'date' as 'text',
  email: 'email' as 'text',
  uri: 'url' as 'text',
};

function LineInput({
  field,
  draft,
  at,
  form,
  onChange,
}: FieldProps<TextField | NumberField>): JSX.Element {
  const value = typeof draft === 'string' ? draft : '';
  const put = (event: { readonly currentTarget: { readonly value: string } }): void =>
    onChange(event.currentTarget.value, at);
  const isNeeded = field.isRequired && !(field.kind === 'text' && field.mayBeEmpty);
  return (
    <Described
      id={idOf(form.id, at)}
      label={field.title || form.label}
      isLabelSeen={field.title !== '' || at === ''}
      isRequired={isNeeded && field.title !== ''}
      hint={field.hint}
      problem={form.problems.get(at)}
    >
      {(described) => {
        if (field.kind === 'number') {
          const inputMode = field.isInteger ? 'numeric' : 'decimal';
          return (
            <input
              {...described}
              class="input schema-number"
              inputMode={inputMode}
              autocomplete="off"
              value={value}
              onInput={put}
            />
          );
        }
        const { input } = field;
        return input === 'long' ? (
          <textarea {...described} class="input schema-text" rows={4} value={value} onInput={put} />
        ) : (
          <input
            {...described}
            class="input"
            type={TYPES[input]}
            autocomplete="off"
            value={value}
            onInput={put}
          />
        );
      }}
    </Described>
  );
}

function JsonInput({ field, draft, at, form, onChange }: FieldProps): JSX.Element {
  const within = [...form.problems].find(([key]) => key === at || key.startsWith(`${at}/`));
  const text = typeof draft === 'string' ? draft : '';
  return (
    <Described
      id={idOf(form.id, at)}
      label={field.title === '' ? form.label : `${field.title}, as JSON`}
      isRequired={field.isRequired}
      hint={field.hint}
      problem={within?.[1]}
    >
      {(described) => (
        <textarea
          {...described}
          class="input"
          rows={Math.min(10, text.split('\n').length + 1)}
          spellcheck={false}
          value={text}
          onInput={(event) => onChange(event.currentTarget.value, at)}
        />
      )}
    </Described>
  );
}

const YES_NO = [
  { label: 'Yes', value: true },
  { label: 'No', value: false },
];

function BooleanInput({ field, draft, at, form, onChange }: FieldProps): JSX.Element {
  return (
    <Group field={field} at={at} form={form}>
      <Options
        name={idOf(form.id, at)}
        options={YES_NO.map(({ label }) => label)}
        chosen={draft === true ? 0 : draft === false ? 1 : undefined}
        isInvalid={form.problems.has(at)}
        onChoose={(index) => onChange(index === undefined ? undefined : index === 0, at)}
        mayClear={!field.isRequired}
      />
    </Group>
  );
}

/** Choices up to which all of them are seen at once. */
const SEEN = 5;

function ChoiceInput({ field, draft, at, form, onChange }: FieldProps<ChoiceField>): JSX.Element {
  const labels = field.choices.map(({ label }) => label);
  const chosen = typeof draft === 'number' ? draft : undefined;
  if (labels.length <= SEEN) {
    return (
      <Group field={field} at={at} form={form}>
        <Options
          name={idOf(form.id, at)}
          options={labels}
          chosen={chosen}
          isInvalid={form.problems.has(at)}
          onChoose={(index) => onChange(index, at)}
          mayClear={!field.isRequired}
        />
      </Group>
    );
  }
  return (
    <Described
      id={idOf(form.id, at)}
      label={field.title || form.label}
      isRequired={field.isRequired}
      hint={field.hint}
      problem={form.problems.get(at)}
    >
      {(described) => (
        <select
          {...described}
          class="input"
          value={chosen ?? ''}
          onChange={({ currentTarget: { value } }) =>
            onChange(value === '' ? undefined : Number(value), at)
          }
        >
          <option value="">Choose…</option>
          {labels.map((label, index) => (
            <option key={label} value={index}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Described>
  );
}

/** Several controls under one name. */
function Group({
  field,
  at,
  form,
  children,
}: {
  readonly field: Field;
  readonly at: string;
  readonly form: FieldForm;
  readonly children: JSX.Element | readonly (JSX.Element | null | false)[];
}): JSX.Element {
  const problem = form.problems.get(at);
  const id = idOf(form.id, at);
  const said = [field.hint !== '' && `${id}-hint`, problem !== undefined && `${id}-problem`];
  const isPlain = at === '' && field.title === '';
  return (
    <fieldset
      class="field schema-group"
      aria-describedby={said.filter(Boolean).join(' ') || undefined}
    >
      <legend class={isPlain ? 'only-heard' : 'label'}>
        {field.title || form.label}
        {field.isRequired && !isPlain && <Required />}
      </legend>
      {field.kind === 'group' && (
        <Said hint={field.hint} hintId={`${id}-hint`} problem={undefined} problemId="" />
      )}
      {children}
      <Said
        hint={field.kind === 'group' ? '' : field.hint}
        hintId={`${id}-hint`}
        problem={problem}
        problemId={`${id}-problem`}
      />
    </fieldset>
  );
}

function GroupInput({
  field,
  draft,
  at,
  form,
  onChange,
}: FieldProps<Field & { kind: 'group' }>): JSX.Element {
  const members = isGroup(draft) ? draft.members : {};
  const inner = field.members.map(([name, member]) => (
    <FieldInput
      key={name}
      field={member}
      draft={members[name]}
      at={`${at}/${escaped(name)}`}
      form={form}
      onChange={(next, touched) => onChange({ members: { ...members, [name]: next } }, touched)}
    />
  ));
  const isNested = at !== '';
  return (
    <Group field={field} at={at} form={form}>
      <div class={`schema-members ${isNested ? 'is-nested' : ''}`}>{inner}</div>
    </Group>
  );
}

function ListInput({
  field,
  draft,
  at,
  form,
  onChange,
}: FieldProps<Field & { kind: 'list' }>): JSX.Element {
  const drafts = Array.isArray(draft) ? (draft as readonly Draft[]) : [];
  const what = field.title || 'item';
  return (
    <Group field={field} at={at} form={form}>
      <ol class="plain schema-items">
        {drafts.map((item, index) => (
          <li key={index} class="schema-item">
            <div class="schema-item-field">
              <FieldInput
                field={field.item}
                draft={item}
                at={`${at}/${index}`}
                form={{ ...form, label: `${what} ${index + 1}` }}
                onChange={(next, touched) => onChange(drafts.with(index, next), touched)}
              />
            </div>
            <button
              type="button"
              class="button button-quiet button-icon"
              aria-label={`Remove ${what} ${index + 1}`}
              onClick={() => onChange(drafts.toSpliced(index, 1), at)}
            >
              ✕
            </button>
          </li>
        ))}
      </ol>
      <div>
        <button
          type="button"
          class="button"
          disabled={drafts.length >= field.most}
          onClick={() => onChange([...drafts, draftOf(field.item)], at)}
        >
          Add {drafts.length === 0 ? 'one' : 'another'}
          <span class="only-heard"> to {what}</span>
        </button>
      </div>
    </Group>
  );
}

function VariantsInput({
  field,
  draft,
  at,
  form,
  onChange,
}: FieldProps<Field & { kind: 'variants' }>): JSX.Element {
  const { variant, draft: inner } = isVariant(draft) ? draft : { variant: 0, draft: undefined };
  const chosen = field.variants[variant];
  const isTold = chosen === undefined || chosen.field.kind === 'fixed';
  const shown = { ...form, problems: isTold ? form.problems : new Map<string, string>() };
  return (
    <Group field={field} at={at} form={shown}>
      <Options
        name={`${idOf(form.id, at)}-shape`}
        options={field.variants.map(({ label }) => label)}
        chosen={variant}
        onChoose={(index = 0) =>
          onChange({ variant: index, draft: draftOf(field.variants[index]?.field ?? field) }, at)
        }
      />
      {chosen !== undefined && (
        <FieldInput
          key={variant}
          field={chosen.field}
          draft={inner}
          at={at}
          form={{ ...form, label: chosen.label }}
          onChange={(next, touched) => onChange({ variant, draft: next }, touched)}
        />
      )}
    </Group>
  );
}
