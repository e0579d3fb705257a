import type { Json } from '../index.ts';

/** How deep objects and lists are told of. */
const MAX_DEPTH = 3;

type JsonObject = { readonly [key: string]: Json };

const WORDS: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  string: 'a text',
  null: 'null',
  array: 'a list',
  object: 'an object',
};

/** What a JSON Schema asks for, in few words for people; it does not tell of every rule. */
export function schemaText(schema: Json, depth = 0): string {
  if (schema === null || schema === true) return 'anything';
  if (!isObject(schema)) return JSON.stringify(schema);
  const { type, enum: members, const: only, anyOf, oneOf } = schema;
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(members)) return anyOfThese(members.map((member) => JSON.stringify(member)));
  const choices = [anyOf, oneOf].find((list) => Array.isArray(list)) as Json[] | undefined;
  if (choices !== undefined) {
    return depth < MAX_DEPTH
      ? anyOfThese(choices.map((choice) => schemaText(choice, depth + 1)))
      : 'one of several';
  }
  if (Array.isArray(type))
    return anyOfThese(type.map((name) => WORDS[String(name)] ?? String(name)));
  if (type === 'object') return objectText(schema, depth);
  if (type === 'array') return listText(schema, depth);
  if (typeof type === 'string') return WORDS[type] ?? type;
  return JSON.stringify(schema);
}

function objectText({ properties, required }: JsonObject, depth: number): string {
  if (!isObject(properties) || depth >= MAX_DEPTH) return 'an object';
  const needed = new Set(Array.isArray(required) ? required : []);
  const members = Object.entries(properties).map(
    ([name, schema]) =>
      `${name}${needed.has(name) ? '' : ' (optional)'}: ${schemaText(schema, depth + 1)}`,
  );
  return members.length === 0 ? 'an object' : `an object { ${members.join(', ')} }`;
}

function listText({ items }: JsonObject, depth: number): string {
  if (items === undefined || depth >= MAX_DEPTH) return 'a list';
  return `a list of: ${schemaText(items, depth + 1)}`;
}

function anyOfThese(texts: readonly string[]): string {
  return texts.length === 0 ? 'nothing' : texts.join(' or ');
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
