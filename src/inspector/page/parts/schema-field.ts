import type { Json } from '../../../json.ts';

type Schema = Readonly<Record<string, unknown>>;

interface Common {
  /** What stands above it; empty for the value as a whole. */
  readonly title: string;
  readonly hint: string;
  /** It has to be given, as a member of its group. */
  readonly isRequired: boolean;
  /** What it is when nobody says anything; undefined: nothing. */
  readonly initial: Json | undefined;
}

interface BooleanField extends Common {
  readonly kind: 'boolean';
}

export interface ChoiceField extends Common {
  readonly kind: 'choice';
  readonly choices: readonly { readonly label: string; readonly value: Json }[];
}

export interface TextField extends Common {
  readonly kind: 'text';
  readonly input: 'line' | 'long' | 'date' | 'email' | 'uri';
  /** No text at all is an answer, too. */
  readonly mayBeEmpty: boolean;
}

export interface NumberField extends Common {
  readonly kind: 'number';
  readonly isInteger: boolean;
}

interface ListField extends Common {
  readonly kind: 'list';
  readonly item: Field;
  readonly least: number;
  readonly most: number;
}

interface GroupField extends Common {
  readonly kind: 'group';
  readonly members: readonly (readonly [name: string, field: Field])[];
}

/** One of several shapes. */
interface VariantsField extends Common {
  readonly kind: 'variants';
  readonly variants: readonly { readonly label: string; readonly field: Field }[];
}

/** Always the same: nobody is asked. */
interface FixedField extends Common {
  readonly kind: 'fixed';
  readonly value: Json;
}

/** Whatever no simple control can ask for. */
interface JsonField extends Common {
  readonly kind: 'json';
}

/** What to ask a person for, made from JSON Schema. */
export type Field =
  | BooleanField
  | ChoiceField
  | TextField
  | NumberField
  | ListField
  | GroupField
  | VariantsField
  | FixedField
  | JsonField;

/** Deeper than this a value is asked for as JSON: nobody fills in a form of that depth. */
const DEPTH = 5;
/** Characters from which on a text is asked for in several lines. */
const LONG = 120;
/** Keywords that tie parts of a value to each other, which no single control can show. */
const BEYOND = ['allOf', 'not', 'if', 'dependentSchemas', 'prefixItems', 'patternProperties'];

/** The field of a schema. A schema that says too little, or too much, is a field for JSON. MUST NOT throw. */
export function fieldOf(schema: unknown): Field {
  return new FieldReader(schema).read(schema, '', true, DEPTH);
}

class FieldReader {
  readonly #root: unknown;

  constructor(root: unknown) {
    this.#root = root;
  }

  read(given: unknown, name: string, isRequired: boolean, depth: number): Field {
    const schema = this.#resolved(given);
    const common = commonOf(schema, name, isRequired);
    if (schema === undefined || depth === 0) return { ...common, kind: 'json' };
    if ('const' in schema) return { ...common, kind: 'fixed', value: schema['const'] as Json };
    if (Array.isArray(schema['enum'])) return choiceOf(common, schema['enum'] as Json[]);
    if (BEYOND.some((keyword) => keyword in schema)) return { ...common, kind: 'json' };
    const either = eitherOf(schema);
    if (either !== undefined) return this.#variants(common, either, depth);
    switch (schema['type']) {
      case 'boolean':
        return { ...common, kind: 'boolean' };
      case 'string':
        return textOf(common, schema);
      case 'number':
      case 'integer':
        return numberOf(common, schema);
      case 'null':
        return { ...common, kind: 'fixed', value: null };
      case 'array':
        return this.#list(common, schema, depth);
      case 'object':
        return this.#group(common, schema, depth);
      default:
        return { ...common, kind: 'json' };
    }
  }

  #group(common: Common, schema: Schema, depth: number): Field {
    const { properties, required } = schema;
    if (!isSchema(properties)) return { ...common, kind: 'json' };
    const needed = Array.isArray(required) ? required : [];
    // What has to be there and is not described can only be written.
    if (needed.some((name) => !Object.hasOwn(properties, String(name)))) {
      return { ...common, kind: 'json' };
    }
    const members = Object.entries(properties).map(
      ([name, member]) =>
        [name, this.read(member, name, needed.includes(name), depth - 1)] as const,
    );
    return members.length === 0
      ? { ...common, kind: 'json' }
      : { ...common, kind: 'group', members };
  }

  #list(common: Common, schema: Schema, depth: number): Field {
    const { items, minItems, maxItems } = schema;
    if (!isSchema(items)) return { ...common, kind: 'json' };
    const item = this.read(items, '', true, depth - 1);
    const least = typeof minItems === 'number' ? minItems : 0;
    const most = typeof maxItems === 'number' ? maxItems : Number.POSITIVE_INFINITY;
    return { ...common, kind: 'list', item, least, most };
  }

  #variants(common: Common, either: readonly unknown[], depth: number): Field {
    const schemas = either.map((one) => this.#resolved(one));
    if (schemas.every((one) => one !== undefined && 'const' in one)) {
      const choices = schemas.map((one) => ({
        label: commonOf(one, '', true).title || labelOf(one?.['const'] as Json),
        value: one?.['const'] as Json,
      }));
      return { ...common, kind: 'choice', choices };
    }
    const variants = either.map((one, index) => {
      const field = this.read(one, '', true, depth - 1);
      return { label: field.title || KINDS[field.kind](field, index), field };
    });
    return { ...common, kind: 'variants', variants };
  }

  /** What a schema refers to within its own document; undefined for anything else. */
  #resolved(given: unknown): Schema | undefined {
    let schema = given;
    for (let hops = 0; hops < 8; hops += 1) {
      if (!isSchema(schema)) return undefined;
      const { $ref: ref, ...beside } = schema;
      if (typeof ref !== 'string') return schema;
      const found = this.#at(ref);
      if (found === undefined) return undefined;
      schema = { ...found, ...beside };
    }
    return undefined;
  }

  #at(ref: string): Schema | undefined {
    if (ref !== '#' && !ref.startsWith('#/')) return undefined;
    let found: unknown = this.#root;
    for (const part of ref.split('/').slice(1)) {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      if (!isSchema(found) || !Object.hasOwn(found, key)) return undefined;
      found = found[key];
    }
    return isSchema(found) ? found : undefined;
  }
}

/** How one of several shapes is called that has no title. */
const KINDS: { readonly [Kind in Field['kind']]: (field: Field, index: number) => string } = {
  boolean: () => 'Yes or no',
  choice: () => 'One of several',
  text: () => 'Text',
  number: () => 'Number',
  list: () => 'List',
  group: (_, index) => `Shape ${index + 1}`,
  variants: (_, index) => `Shape ${index + 1}`,
  fixed: (field) => (field.kind === 'fixed' ? labelOf(field.value) : ''),
  json: () => 'JSON',
};

function eitherOf(schema: Schema): readonly unknown[] | undefined {
  const { oneOf, anyOf, type } = schema;
  if (Array.isArray(oneOf) && oneOf.length > 0) return oneOf;
  if (Array.isArray(anyOf) && anyOf.length > 0) return anyOf;
  if (!Array.isArray(type)) return undefined;
  const { title: _, description: __, default: ___, ...rest } = schema;
  return type.map((one) => (one === 'null' ? { type: one } : { ...rest, type: one }));
}

function commonOf(schema: Schema | undefined, name: string, isRequired: boolean): Common {
  const { title, description, default: initial } = schema ?? {};
  return {
    title: typeof title === 'string' ? title : name,
    hint: typeof description === 'string' ? description : '',
    isRequired,
    initial: initial as Json | undefined,
  };
}

function choiceOf(common: Common, values: readonly Json[]): Field {
  return {
    ...common,
    kind: 'choice',
    choices: values.map((value) => ({ label: labelOf(value), value })),
  };
}

function labelOf(value: Json): string {
  if (typeof value === 'string') return value === '' ? 'empty' : value;
  if (value === null) return 'Nothing (null)';
  return JSON.stringify(value);
}

/** Formats that browsers have a control for, or at least a keyboard. */
const INPUTS: Readonly<Record<string, TextField['input']>> = {
  date: 'date',
  email: 'email',
  uri: 'uri',
};

function textOf(common: Common, schema: Schema): Field {
  const { format, minLength, maxLength, pattern } = schema;
  const isLong =
    (typeof maxLength === 'number' && maxLength > LONG) ||
    (typeof minLength === 'number' && minLength > LONG);
  const input = INPUTS[String(format)] ?? (isLong ? 'long' : 'line');
  const asksMore = format !== undefined || pattern !== undefined || Number(minLength ?? 0) > 0;
  const size = boundsOf(minLength, maxLength);
  const hint = joined(common.hint, size && `${size} characters`);
  return { ...common, hint, kind: 'text', input, mayBeEmpty: !asksMore };
}

function numberOf(common: Common, schema: Schema): Field {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, type } = schema;
  const bounds = [
    boundsOf(minimum, maximum),
    typeof exclusiveMinimum === 'number' && `more than ${exclusiveMinimum}`,
    typeof exclusiveMaximum === 'number' && `less than ${exclusiveMaximum}`,
    typeof multipleOf === 'number' && `a multiple of ${multipleOf}`,
  ];
  const text = bounds.filter((bound) => typeof bound === 'string' && bound !== '').join(', ');
  return {
    ...common,
    hint: joined(common.hint, text),
    kind: 'number',
    isInteger: type === 'integer',
  };
}

/** Bounds that zod states of every integer tell a person nothing. */
function boundsOf(least: unknown, most: unknown): string {
  const from = typeof least === 'number' && least > Number.MIN_SAFE_INTEGER ? least : undefined;
  const to = typeof most === 'number' && most < Number.MAX_SAFE_INTEGER ? most : undefined;
  if (from !== undefined && to !== undefined) return `${from} to ${to}`;
  if (from !== undefined) return `at least ${from}`;
  return to === undefined ? '' : `at most ${to}`;
}

function joined(hint: string, more: string): string {
  if (more === '') return hint;
  return hint === '' ? more : `${hint} (${more})`;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
