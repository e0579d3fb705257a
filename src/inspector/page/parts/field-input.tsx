import type { JSX } from 'preact';
import { FieldGroup } from './described.tsx';
import { type FieldProps, idOf } from './field-props.ts';
import { type Draft, draftOf, escaped, isGroup, isVariant } from './form-value.ts';
import { BooleanInput, ChoiceInput, JsonInput, LineInput } from './leaf-input.tsx';
import { Options } from './options.tsx';
import type { Field } from './schema-field.ts';

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
    <FieldGroup field={field} at={at} form={form}>
      <div class={`schema-members ${isNested ? 'is-nested' : ''}`}>{inner}</div>
    </FieldGroup>
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
    <FieldGroup field={field} at={at} form={form}>
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
    </FieldGroup>
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
    <FieldGroup field={field} at={at} form={shown}>
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
    </FieldGroup>
  );
}
