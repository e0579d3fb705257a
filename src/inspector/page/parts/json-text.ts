import type { Json } from '../../../json.ts';

/** What a text says as JSON, or what is wrong with it and where. */
export type JsonText =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly problem: string };

/** Reads JSON that a person types. */
export function readJsonText(text: string): JsonText {
  if (text.trim() === '') return { ok: false, problem: 'Nothing is written yet.' };
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch (error) {
    return { ok: false, problem: problemOf(text, error) };
  }
}

/** As a person would write it. */
export function jsonTextOf(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, undefined, 2);
}

/** Browsers say where in different ways, or not at all: the place is looked for where they do not. */
function problemOf(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const place = /at line (\d+) column (\d+)/.exec(message);
  if (place !== null) return `This is no JSON, at line ${place[1]}, column ${place[2]}.`;
  const position = /at position (\d+)/.exec(message)?.[1];
  const at = position === undefined ? endOf(text) : Number(position);
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const found = text[at];
  const what =
    found === undefined ? 'it ends too early' : `${JSON.stringify(found)} is not expected`;
  return `This is no JSON yet: ${what}, at line ${line}, column ${column}.`;
}

function endOf(text: string): number {
  return text.trimEnd().length;
}
