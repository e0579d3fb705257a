import type { JSX } from 'preact';
import { type FieldForm, idOf } from './field-props.ts';
import type { Field } from './schema-field.ts';

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

/** Several controls under one name. */
export function FieldGroup({
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
