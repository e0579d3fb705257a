import { type OutputUnit, type Schema, Validator } from '@cfworker/json-schema';
import type { Json } from '../../../json.ts';
import { NEEDED } from './form-value.ts';

/** Whether a value is what a schema asks for: what is wrong, by JSON Pointer; empty for the whole value. */
export type Check = (value: Json) => ReadonlyMap<string, string>;

/** Keywords that only say that something within is wrong, which is told there. */
const OUTER = new Set([
  'properties',
  'items',
  'additionalProperties',
  'anyOf',
  'oneOf',
  'allOf',
  '$ref',
]);

/** By the validator and the draft that the server uses, so that both say the same. */
export function checkBy(schema: Json): Check {
  if (schema === null) return () => new Map();
  const validator = new Validator(schema as Schema, '2020-12', false);
  return (value) => problemsOf(validator.validate(value).errors);
}

function problemsOf(errors: readonly OutputUnit[]): ReadonlyMap<string, string> {
  const problems = new Map<string, string>();
  const told = errors.map((unit) => [pointerOf(unit), unit] as const);
  for (const [pointer, unit] of told) {
    const { keyword, error } = unit;
    const name = keyword === 'required' ? /property "(.*)"\.$/.exec(error)?.[1] : undefined;
    if (name !== undefined) {
      const inner = name.replaceAll('~', '~0').replaceAll('/', '~1');
      problems.set(`${pointer}/${inner}`, NEEDED);
    } else if (!OUTER.has(keyword) && !problems.has(pointer)) {
      problems.set(pointer, plain(unit));
    }
  }
  // A fault that only an outer keyword tells, such as too many shapes that fit.
  if (problems.size === 0) {
    for (const [pointer, unit] of told) problems.set(pointer, plain(unit));
  }
  return problems;
}

function pointerOf({ instanceLocation }: OutputUnit): string {
  return decodeURIComponent(instanceLocation.slice(1));
}

/** What the validator says, by keyword, and how a person would say it. */
const WORDS: Readonly<Record<string, readonly [said: RegExp, words: string]>> = {
  type: [
    /^Instance type "(\w+)" is invalid\. Expected "(.+)"\.$/,
    'This has to be of type $2; it is of type $1.',
  ],
  minimum: [/^.* is less than (.+)\.$/, 'This has to be at least $1.'],
  exclusiveMinimum: [/^.* is less than (.+)\.$/, 'This has to be more than $1.'],
  maximum: [/^.* is greater than (.+)\.$/, 'This has to be at most $1.'],
  exclusiveMaximum: [/^.* is greater than (.+)\.$/, 'This has to be less than $1.'],
  multipleOf: [/^.* is not a multiple of (.+)\.$/, 'This has to be a multiple of $1.'],
  minLength: [/^.*\((\d+) < (\d+)\)\.$/, 'This needs $2 characters or more; it has $1.'],
  maxLength: [/^.*\((\d+) > (\d+)\)\.$/, 'This may have $2 characters; it has $1.'],
  minItems: [/^.*\((\d+) < (\d+)\)\.$/, 'This needs $2 items or more; it has $1.'],
  maxItems: [/^.*\((\d+) > (\d+)\)\.$/, 'This may have $2 items; it has $1.'],
  format: [/^.*format "(.+)"\.$/, 'This does not look like: $1.'],
  pattern: [/^.*$/, 'This does not have the form that is asked for.'],
  enum: [/^.*$/s, 'This is none of the values that there are to choose from.'],
  false: [/^.*$/, 'This is not asked for.'],
};

/** The words of the validator, as people would say it. */
function plain({ keyword, error }: OutputUnit): string {
  const [said, words] = WORDS[keyword] ?? [/^Instance /, 'The value '];
  return error.replace(said, words);
}
