import type { Draft } from './form-value.ts';
import type { Field } from './schema-field.ts';

/** What all fields of one form share. */
export interface FieldForm {
  readonly id: string;
  /** The name of the value as a whole. */
  readonly label: string;
  /** What is told as wrong, by JSON Pointer. */
  readonly problems: ReadonlyMap<string, string>;
}

export interface FieldProps<Of extends Field = Field> {
  readonly field: Of;
  readonly draft: Draft;
  /** JSON Pointer of the value. */
  readonly at: string;
  readonly form: FieldForm;
  readonly onChange: (draft: Draft, at: string) => void;
}

/** The id of the control of a value, by its JSON Pointer. */
export function idOf(id: string, at: string): string {
  return `${id}${encodeURIComponent(at)}-value`;
}
