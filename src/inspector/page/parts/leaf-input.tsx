import type { JSX } from 'preact';
import { Described, FieldGroup } from './described.tsx';
import { type FieldProps, idOf } from './field-props.ts';
import { Options } from './options.tsx';
import type { ChoiceField, NumberField, TextField } from './schema-field.ts';

/** Of the element. What is typed is checked by the schema, whatever the browser thinks of it. */
const TYPES: Readonly<Record<Exclude<TextField['input'], 'long'>, 'text'>> = {
  line: 'text',
  date: 'date' as 'text',
  email: 'email' as 'text',
  uri: 'url' as 'text',
};

export function LineInput({
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

export function JsonInput({ field, draft, at, form, onChange }: FieldProps): JSX.Element {
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

export function BooleanInput({ field, draft, at, form, onChange }: FieldProps): JSX.Element {
  return (
    <FieldGroup field={field} at={at} form={form}>
      <Options
        name={idOf(form.id, at)}
        options={YES_NO.map(({ label }) => label)}
        chosen={draft === true ? 0 : draft === false ? 1 : undefined}
        isInvalid={form.problems.has(at)}
        onChoose={(index) => onChange(index === undefined ? undefined : index === 0, at)}
        mayClear={!field.isRequired}
      />
    </FieldGroup>
  );
}

/** Choices up to which all of them are seen at once. */
const SEEN = 5;

export function ChoiceInput({
  field,
  draft,
  at,
  form,
  onChange,
}: FieldProps<ChoiceField>): JSX.Element {
  const labels = field.choices.map(({ label }) => label);
  const chosen = typeof draft === 'number' ? draft : undefined;
  if (labels.length <= SEEN) {
    return (
      <FieldGroup field={field} at={at} form={form}>
        <Options
          name={idOf(form.id, at)}
          options={labels}
          chosen={chosen}
          isInvalid={form.problems.has(at)}
          onChoose={(index) => onChange(index, at)}
          mayClear={!field.isRequired}
        />
      </FieldGroup>
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
