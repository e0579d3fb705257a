import type { Json } from '../../../json.ts';
import { jsonTextOf, readJsonText } from './json-text.ts';
import type { Field } from './schema-field.ts';

/**
 * What a person has put into a field so far. Texts and numbers are what was typed; a choice is its place in
 * the list; undefined is untouched.
 */
export type Draft =
  | undefined
  | string
  | boolean
  | number
  | readonly Draft[]
  | { readonly variant: number; readonly draft: Draft }
  | { readonly members: Readonly<Record<string, Draft>> };

/** What a draft comes to. */
export interface Formed {
  /** undefined: nothing was given. */
  readonly value: Json | undefined;
  /** What is wrong, by the JSON Pointer of the field; empty for the whole value. */
  readonly problems: ReadonlyMap<string, string>;
}

export const NEEDED = 'This has to be given.';

/** The draft of a value that is there already. What the field cannot hold begins empty. */
export function draftOf(field: Field, value: Json | undefined = field.initial): Draft {
  switch (field.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'choice':
      return placeOf(field.choices, value);
    case 'text':
      return typeof value === 'string' ? value : undefined;
    case 'number':
      return typeof value === 'number' ? String(value) : undefined;
    case 'list': {
      const items = Array.isArray(value) ? value : [];
      const drafts = items.map((item: Json) => draftOf(field.item, item));
      while (drafts.length < Math.min(field.least, 20)) drafts.push(draftOf(field.item));
      return drafts;
    }
    case 'group': {
      const known = isObject(value) ? value : {};
      const members = field.members.map(([name, member]) => [name, draftOf(member, known[name])]);
      return { members: Object.fromEntries(members) as Record<string, Draft> };
    }
    case 'variants': {
      const fixed = field.variants.findIndex(({ field: one }) => one.kind === 'fixed');
      const isGivenUp = value === undefined && fixed >= 0 && !field.isRequired;
      const variant = value === undefined ? (isGivenUp ? fixed : 0) : variantOf(field, value);
      return { variant, draft: draftOf(field.variants[variant]?.field ?? field, value) };
    }
    case 'fixed':
      return undefined;
    case 'json':
      return value === undefined ? undefined : jsonTextOf(value);
  }
}

function placeOf(
  choices: readonly { readonly value: Json }[],
  value: Json | undefined,
): number | undefined {
  const place = choices.findIndex((choice) => jsonTextOf(choice.value) === jsonTextOf(value));
  return place < 0 ? undefined : place;
}

/** The first shape that can hold the value. */
function variantOf(field: Field & { kind: 'variants' }, value: Json): number {
  const found = field.variants.findIndex(({ field: one }) => {
    const formed = formedOf(one, draftOf(one, value));
    return formed.problems.size === 0 && jsonTextOf(formed.value) === jsonTextOf(value);
  });
  return Math.max(0, found);
}

/** The value of a draft. What a schema says beyond this, such as bounds, is left to a validator. */
export function formedOf(field: Field, draft: Draft, pointer = ''): Formed {
  const problems = new Map<string, string>();
  return { value: formed(field, draft, pointer, problems), problems };
}

function formed(
  field: Field,
  draft: Draft,
  at: string,
  problems: Map<string, string>,
): Json | undefined {
  const missing = (): undefined => {
    if (field.isRequired) problems.set(at, NEEDED);
    return undefined;
  };
  switch (field.kind) {
    case 'boolean':
      return typeof draft === 'boolean' ? draft : missing();
    case 'choice':
      return typeof draft === 'number' ? field.choices[draft]?.value : missing();
    case 'text':
      if (typeof draft === 'string' && draft !== '') return draft;
      return field.mayBeEmpty && field.isRequired ? '' : missing();
    case 'number':
      return typeof draft === 'string' && draft.trim() !== ''
        ? numberOf(draft, at, problems)
        : missing();
    case 'list':
      return listed(field, draft, at, problems);
    case 'group':
      return grouped(field, draft, at, problems);
    case 'variants': {
      const { variant, draft: inner } = isVariant(draft) ? draft : { variant: 0, draft: undefined };
      const chosen = field.variants[variant]?.field;
      if (chosen === undefined || isUntouched(field, chosen, inner)) return missing();
      return formed(chosen, inner, at, problems);
    }
    case 'fixed':
      return field.isRequired ? field.value : undefined;
    case 'json': {
      if (typeof draft !== 'string' || draft.trim() === '') return missing();
      const read = readJsonText(draft);
      if (read.ok) return read.value;
      problems.set(at, read.problem);
      return undefined;
    }
  }
}

/** A value that may be left out, and into which nothing was put, is left out. */
function isUntouched(field: Field, chosen: Field, draft: Draft): boolean {
  if (field.isRequired || chosen.kind === 'fixed') return false;
  return draft === undefined || draft === '' || (isGroup(draft) && isEmpty(draft));
}

function numberOf(text: string, at: string, problems: Map<string, string>): Json | undefined {
  const value = Number(text.trim().replace(',', '.'));
  if (Number.isFinite(value)) return value;
  problems.set(at, 'This is no number.');
  return undefined;
}

function listed(
  field: Field & { kind: 'list' },
  draft: Draft,
  at: string,
  problems: Map<string, string>,
): Json | undefined {
  const drafts = Array.isArray(draft) ? (draft as readonly Draft[]) : [];
  if (drafts.length === 0 && !field.isRequired) return undefined;
  return drafts.map((item, index) => formed(field.item, item, `${at}/${index}`, problems) ?? null);
}

function grouped(
  field: Field & { kind: 'group' },
  draft: Draft,
  at: string,
  problems: Map<string, string>,
): Json | undefined {
  const members = isGroup(draft) ? draft.members : {};
  if (!field.isRequired && isGroup(draft) && isEmpty(draft)) return undefined;
  const value: Record<string, Json> = {};
  for (const [name, member] of field.members) {
    const found = formed(member, members[name], `${at}/${escaped(name)}`, problems);
    if (found !== undefined) value[name] = found;
  }
  return value;
}

/** Nothing was put into any member. */
function isEmpty({ members }: { readonly members: Readonly<Record<string, Draft>> }): boolean {
  return Object.values(members).every(
    (draft) =>
      draft === undefined ||
      draft === '' ||
      (Array.isArray(draft) && draft.length === 0) ||
      (isGroup(draft) && isEmpty(draft)) ||
      (isVariant(draft) && (draft.draft === undefined || draft.draft === '')),
  );
}

/** A name as one part of a JSON Pointer. */
export function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isGroup(
  draft: Draft,
): draft is { readonly members: Readonly<Record<string, Draft>> } {
  return typeof draft === 'object' && 'members' in draft;
}

export function isVariant(
  draft: Draft,
): draft is { readonly variant: number; readonly draft: Draft } {
  return typeof draft === 'object' && 'variant' in draft;
}
