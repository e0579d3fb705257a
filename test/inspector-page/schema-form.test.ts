import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/index.ts';
import {
  beginForm,
  type FormState,
  planForm,
  readForm,
  toldProblems,
  turnForm,
} from '../../src/inspector/page/parts/form-state.ts';
import { type Draft, draftOf, formedOf } from '../../src/inspector/page/parts/form-value.ts';
import { jsonFault } from '../../src/inspector/page/parts/json-fault.ts';
import { readJsonText } from '../../src/inspector/page/parts/json-text.ts';
import { type Field, fieldOf } from '../../src/inspector/page/parts/schema-field.ts';
import { checkBy } from '../../src/inspector/page/parts/value-problems.ts';

const ORDER = {
  type: 'object',
  properties: {
    paid: { type: 'boolean' },
    way: { enum: ['post', 'courier'] },
    count: { type: 'integer', minimum: 1, maximum: 9 },
    note: { type: 'string' },
    mail: { type: 'string', format: 'email' },
    tags: { type: 'array', items: { type: 'string', minLength: 2 } },
    to: {
      type: 'object',
      properties: { town: { type: 'string', minLength: 1 }, floor: { type: 'number' } },
      required: ['town'],
    },
  },
  required: ['paid', 'way', 'note', 'to'],
} as const;

function members(changes: Record<string, Draft>): Draft {
  return { members: changes };
}

/** The kinds of a field and of all within, for comparing at a glance. */
function kinds(field: Field): unknown {
  if (field.kind === 'group') {
    return Object.fromEntries(field.members.map(([name, member]) => [name, kinds(member)]));
  }
  if (field.kind === 'list') return [kinds(field.item)];
  if (field.kind === 'variants') return field.variants.map((one) => kinds(one.field)).join(' or ');
  return field.kind === 'text' ? field.input : field.kind;
}

describe('the fields of a schema', () => {
  it('are a control for each member, also within lists and groups', () => {
    expect(kinds(fieldOf(ORDER))).toEqual({
      paid: 'boolean',
      way: 'choice',
      count: 'number',
      note: 'line',
      mail: 'email',
      tags: ['line'],
      to: { town: 'line', floor: 'number' },
    });
  });

  it.each<[Json, unknown]>([
    [{ type: 'string', format: 'date' }, 'date'],
    [{ type: 'string', format: 'uri' }, 'uri'],
    [{ type: 'string', maxLength: 2_000 }, 'long'],
    [{ type: ['string', 'null'] }, 'line or fixed'],
    [{ anyOf: [{ type: 'number' }, { type: 'null' }] }, 'number or fixed'],
    [{ oneOf: [{ const: 'a', title: 'First' }, { const: 'b' }] }, 'choice'],
    [{ $ref: '#/$defs/name', $defs: { name: { type: 'boolean' } } }, 'boolean'],
    [{ const: 4 }, 'fixed'],
    [null, 'json'],
    [true, 'json'],
    [{}, 'json'],
    [{ type: 'object' }, 'json'],
    [{ type: 'object', properties: { a: {} }, required: ['b'] }, 'json'],
    [{ type: 'array' }, 'json'],
    [{ type: 'array', prefixItems: [{ type: 'string' }] }, 'json'],
    [{ allOf: [{ type: 'string' }] }, 'json'],
    [{ $ref: 'https://example.org/schema' }, 'json'],
    [{ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } }, 'json'],
  ])('%j is asked for as %s', (schema, kind) => {
    expect(kinds(fieldOf(schema))).toEqual(kind);
  });

  it('end at a depth at which nobody fills in a form, so that a schema may refer to itself', () => {
    const tree = {
      $ref: '#/$defs/node',
      $defs: { node: { type: 'object', properties: { child: { $ref: '#/$defs/node' } } } },
    };
    expect(JSON.stringify(kinds(fieldOf(tree)))).toContain('"json"');
  });

  it('tell bounds to people, but not those that every integer has', () => {
    const hint = (schema: Json) => fieldOf(schema).hint;
    expect(hint({ type: 'integer', minimum: 1, maximum: 9 })).toBe('1 to 9');
    expect(hint({ type: 'number', exclusiveMinimum: 0, description: 'Euros' })).toBe(
      'Euros (more than 0)',
    );
    const { MIN_SAFE_INTEGER: minimum, MAX_SAFE_INTEGER: maximum } = Number;
    expect(hint({ type: 'integer', minimum, maximum })).toBe('');
  });
});

describe('the value of what was put in', () => {
  const field = fieldOf(ORDER);
  const given = { paid: false, way: 1, note: '', to: members({ town: 'Ulm' }) };

  it('has what was given, and leaves out what was not', () => {
    const { value, problems } = formedOf(field, members(given));
    expect([...problems]).toEqual([]);
    expect(value).toEqual({ paid: false, way: 'courier', note: '', to: { town: 'Ulm' } });
  });

  it('lacks what has to be given, by its place', () => {
    expect([...formedOf(field, members({ to: members({}) })).problems.keys()]).toEqual([
      '/paid',
      '/way',
      '/to/town',
    ]);
  });

  it('has numbers as they are typed, with a comma too, and says what is none', () => {
    const count = (text: string) => formedOf(field, members({ ...given, count: text }));
    expect(count('7').value).toMatchObject({ count: 7 });
    expect(count('2,5').value).toMatchObject({ count: 2.5 });
    expect(count('many').problems.get('/count')).toBe('This is no number.');
  });

  it.each<[Json, Json]>([
    [
      ORDER,
      { paid: true, way: 'post', note: 'x', tags: ['ab', 'cd'], to: { town: 'a', floor: 2 } },
    ],
    [{ type: ['string', 'null'] }, null],
    [{ type: ['string', 'null'] }, 'text'],
    [{ anyOf: [{ type: 'number' }, { type: 'boolean' }] }, false],
    [{ type: 'array', items: { enum: [1, 'one', null] } }, [null, 1, 'one']],
    [null, { any: ['thing'] }],
  ])('%j takes a value in and gives the same out', (schema, value) => {
    const field = fieldOf(schema);
    expect(formedOf(field, draftOf(field, value))).toEqual({ value, problems: new Map() });
  });

  it('takes names with slashes and tildes as one part of a place', () => {
    const schema = {
      type: 'object',
      properties: { 'a/b~': { type: 'integer' } },
      required: ['a/b~'],
    };
    expect([...formedOf(fieldOf(schema), members({})).problems.keys()]).toEqual(['/a~1b~0']);
    expect([...checkBy(schema)({ 'a/b~': 'x' }).keys()]).toEqual(['/a~1b~0']);
    expect([...checkBy(schema)({}).keys()]).toEqual(['/a~1b~0']);
  });
});

describe('what a schema says of a value', () => {
  it('stands at the place that is wrong, and not at all that is around it', () => {
    const value = {
      paid: 'yes',
      way: 'post',
      note: '',
      to: { town: '' },
      tags: ['ok', 'x'],
      count: 0,
    };
    const problems = checkBy(ORDER)(value);
    expect([...problems.keys()].toSorted()).toEqual(['/count', '/paid', '/tags/1', '/to/town']);
    expect(problems.get('/paid')).toBe('This has to be of type boolean; it is of type string.');
  });

  it.each<[Json, Json, string]>([
    [{ exclusiveMinimum: 0 }, 0, 'This has to be more than 0.'],
    [{ maximum: 2 }, 3, 'This has to be at most 2.'],
    [{ multipleOf: 2 }, 3, 'This has to be a multiple of 2.'],
    [{ minLength: 2 }, 'a', 'This needs 2 characters or more; it has 1.'],
    [{ format: 'email' }, 'a', 'This does not look like: email.'],
    [{ enum: [1] }, 2, 'This is none of the values that there are to choose from.'],
    [
      { oneOf: [{ type: 'number' }, { type: 'integer' }] },
      1,
      'The value does not match exactly one subschema (2 matches).',
    ],
  ])('is said in plain words: %j of %j', (schema, value, words) => {
    expect(checkBy(schema)(value).get('')).toBe(words);
  });

  it('is nothing for a schema that takes any JSON', () => {
    expect(checkBy(null)([1, { a: null }]).size).toBe(0);
  });
});

describe('a form', () => {
  const plan = planForm(ORDER);

  it('tells what is wrong with what was touched, and all of it once somebody sends', () => {
    const begun = beginForm(plan);
    const touched: FormState = {
      ...begun,
      draft: members({ count: '12', to: members({}) }),
      touched: new Set(['/count']),
    };
    const formed = readForm(plan, touched);
    expect([...toldProblems(readForm(plan, begun), begun)]).toEqual([]);
    expect([...toldProblems(formed, touched).keys()]).toEqual(['/count']);
    expect([...toldProblems(formed, { ...touched, isAsked: true }).keys()].toSorted()).toEqual([
      '/count',
      '/paid',
      '/to/town',
      '/way',
    ]);
  });

  it('turns to JSON and back with what was put in', () => {
    const value = { paid: true, way: 'post', note: 'hello', to: { town: 'Ulm' } };
    const begun = beginForm(plan, value);
    const json = turnForm(plan, begun, 'json');
    expect(JSON.parse(json.text)).toEqual(value);
    const back = turnForm(plan, { ...json, text: json.text.replace('Ulm', 'Bonn') }, 'fields');
    expect(readForm(plan, back).value).toEqual({ ...value, to: { town: 'Bonn' } });
  });

  it('without a schema takes a text as it is, or any JSON', () => {
    const any = planForm(null);
    const begun = beginForm(any);
    expect(begun.mode).toBe('text');
    expect(readForm(any, { ...begun, text: '[1' }).value).toBe('[1');
    expect(readForm(any, begun).problems.size).toBe(1);
    const json = { ...begun, mode: 'json', text: '[1' } as const;
    expect(readForm(any, json).problems.get('')).toMatch(/ends too early, at line 1, column 3/);
    expect(readForm(any, { ...json, text: '[1]' }).value).toEqual([1]);
  });
});

describe('JSON that is typed', () => {
  it('is at fault where a browser refuses it, whatever is cut out of it, and only then', () => {
    const text = '{"a": [1, -2.5e3, true, null, {}, []], "b": {"c": "x\\u00e9\\"y", "d": false}}';
    for (let from = 0; from < text.length; from += 1) {
      for (let size = 0; size < 6; size += 1) {
        const typed = text.slice(0, from) + text.slice(from + size);
        const { ok } = readJsonText(typed);
        const { at, isOpenText } = jsonFault(typed);
        // What ends too early is JSON up to its end.
        if (ok) expect([typed, at, isOpenText]).toEqual([typed, typed.length, false]);
        if (at < typed.length) expect([typed, ok]).toEqual([typed, false]);
      }
    }
  });

  it.each([
    ['{"a": 1,}', 'line 1, column 9'],
    ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3'],
    ['[1, 2', 'it ends too early, at line 1, column 6'],
    ['{"a": tru}', '"t" is not expected, at line 1, column 7'],
    ['{"a": "x}', 'a text begins and does not end, at line 1, column 7'],
    ['{"a": 1 "b"', 'a text is not expected, at line 1, column 9'],
    ['[1] 2', '"2" is not expected, at line 1, column 5'],
    ['[01]', '"1" is not expected, at line 1, column 3'],
    ["{'a': 1}", `"'" is not expected, at line 1, column 2`],
  ])('%j is at fault at %s', (text, where) => {
    const read = readJsonText(text);
    expect(read.ok ? '' : read.problem).toContain(where);
  });
});
