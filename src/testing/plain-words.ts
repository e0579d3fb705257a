import { AssertionError } from 'node:assert';
import { inspect } from 'node:util';

/** Characters of a value that a sentence shows. */
const MAX_SHOWN = 160;

/** A value on one line, cut where it gets long. */
export function textOf(value: unknown): string {
  const text = inspect(value, {
    depth: 4,
    breakLength: Infinity,
    maxArrayLength: 8,
    maxStringLength: 100,
  }).replaceAll(/\s*\n\s*/g, ' ');
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)} ...` : text;
}

/** An error on one line: its code or name, and its message. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return textOf(error);
  const name = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return `${name}: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}`;
}

/** Why a case failed, as one sentence: what was expected, and what came in its place. */
export function failureText(error: unknown): string {
  if (!(error instanceof AssertionError)) return `it rejected with ${errorText(error)}`;
  const { actual, expected, operator, generatedMessage, message } = error;
  // Node puts a picture of the difference behind the sentence that came with the assertion.
  const said = generatedMessage ? '' : (message.split('\n')[0] ?? '');
  if (operator === 'deepStrictEqual' || operator === 'strictEqual') {
    const { path, left, right } = firstDifference(actual, expected);
    const where = path === '' ? '' : ` at ${path}`;
    const sentence = `expected ${shown(right)}${where}, got ${shown(left)}`;
    return said === '' ? sentence : `${said}: ${sentence}`;
  }
  // A condition comes with the sentence that should be true.
  if (said !== '') return operator === '==' ? `this is not so: ${said}` : said;
  if (operator === 'notStrictEqual') return `expected another value than ${textOf(actual)}`;
  if (operator === 'match')
    return `expected a text like ${textOf(expected)}, got ${textOf(actual)}`;
  return message.replaceAll(/\s*\n\s*/g, ' ');
}

/** Undefined is what a member that is missing has. */
function shown(value: unknown): string {
  return value === undefined ? 'nothing' : textOf(value);
}

interface Difference {
  readonly path: string;
  readonly left: unknown;
  readonly right: unknown;
}

/** The first member in which two values differ, or the values themselves where members do not say it. */
function firstDifference(left: unknown, right: unknown, path = ''): Difference {
  const here = { path, left, right };
  if (!isContainer(left) || !isContainer(right) || Array.isArray(left) !== Array.isArray(right)) {
    return here;
  }
  const names = new Set([...Object.keys(right), ...Object.keys(left)]);
  for (const name of names) {
    const [l, r] = [memberOf(left, name), memberOf(right, name)];
    if (isSame(l, r)) continue;
    const step = Array.isArray(left) ? `[${name}]` : path === '' ? name : `.${name}`;
    return firstDifference(l, r, `${path}${step}`);
  }
  return here;
}

function isSame(left: unknown, right: unknown): boolean {
  if (!isContainer(left) || !isContainer(right)) return Object.is(left, right);
  const names = Object.keys(left);
  return (
    Array.isArray(left) === Array.isArray(right) &&
    names.length === Object.keys(right).length &&
    names.every((n) => Object.hasOwn(right, n) && isSame(memberOf(left, n), memberOf(right, n)))
  );
}

type Container = Readonly<Record<string, unknown>>;

/** Lists and plain objects: what answers of stores are made of. */
function isContainer(value: unknown): value is Container {
  if (Array.isArray(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  return [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
}

function memberOf(value: Container, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
