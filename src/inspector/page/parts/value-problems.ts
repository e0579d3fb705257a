import { type OutputUnit, type Schema, Validator } from '@cfworker/json-schema';
import type { Json } from '../../../json.ts';
import { NEEDED } from './form-value.ts';

/** Whether a value is what a schema asks for: what is wrong, by JSON Pointer; empty for the whole value. */
export type Check = (value: Json) => ReadonlyMap<string, string>;

/** Keywords that only say that something within is wrong, which is told there. */
const OUTER = ['properties', 'items', 'additionalProperties', 'anyOf', 'oneOf', 'allOf', '$ref'];

/** By the validator and the draft that the server uses, so that both say the same. */
export function checkBy(schema: Json): Check {
  if (schema === null) return () => new Map();
  const validator = new Validator(schema as Schema, '2020-12', false);
  return (value) => problemsOf(validator.validate(value).errors);
}

function problemsOf(errors: readonly OutputUnit[]): ReadonlyMap<string, string> {
  const problems = new Map<string, string>();
  const told = errors.map((unit) => [pointerOf(unit), unit] as const);
  for (const [pointer, { keyword, error }] of told) {
    const name = keyword === 'required' ? /property "(.*)"\.$/.exec(error)?.[1] : undefined;
    if (name !== undefined) {
      const inner = name.replaceAll('~', '~0').replaceAll('/', '~1');
      problems.set(`${pointer}/${inner}`, NEEDED);
    } else if (!OUTER.includes(keyword) && !problems.has(pointer)) {
      problems.set(pointer, plain(error));
    }
  }
  // A fault that only an outer keyword tells, such as too many shapes that fit.
  if (problems.size === 0) {
    for (const [pointer, { error }] of told) problems.set(pointer, plain(error));
  }
  return problems;
}

function pointerOf({ instanceLocation }: OutputUnit): string {
  return decodeURIComponent(instanceLocation.slice(1));
}

/** The words of the validator, as people would say it. */
function plain(error: string): string {
  const type = /^Instance type "(\w+)" is invalid\. Expected "(.+)"\.$/.exec(error);
  if (type !== null) return `This has to be of type ${type[2]}; it is of type ${type[1]}.`;
  if (error === 'False boolean schema.') return 'This is not asked for.';
  return error.replace(/^Instance /, 'The value ');
}
