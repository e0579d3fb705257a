import type { Json } from '../../../json.ts';
import { jsonFault } from './json-fault.ts';

/** What a text says as JSON, or what is wrong with it and where. */
export type JsonText =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly problem: string };

/** Reads JSON that a person types. */
export function readJsonText(text: string): JsonText {
  if (text.trim() === '') return { ok: false, problem: 'Nothing is written yet.' };
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch {
    // Browsers say where in different ways, or not at all.
    return { ok: false, problem: problemOf(text) };
  }
}

/** As a person would write it. */
export function jsonTextOf(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, undefined, 2);
}

function problemOf(text: string): string {
  const { at, isOpenText } = jsonFault(text);
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const found = text[at];
  const what = isOpenText
    ? 'a text begins and does not end'
    : found === undefined
      ? 'it ends too early'
      : `${found === '"' ? 'a text' : `"${found}"`} is not expected`;
  return `This is no JSON yet: ${what}, at line ${line}, column ${column}.`;
}
