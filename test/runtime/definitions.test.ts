import { expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { z } from 'zod';
import {
  appendList,
  channel,
  defineRun,
  lastWriteWins,
  maxByTimestamp,
  mergeMap,
  type StandardSchema,
} from '../../src/index.ts';
import { codeOf, open } from '../support/runtime/helpers.ts';

const keepLonger = (a: unknown, b: unknown) =>
  (String(a).length > String(b).length ? a : b) as string;

const letter = defineRun({
  name: 'letter',
  version: '3',
  resumes: ['1', '2'],
  input: z.object({ to: z.string(), copies: z.int().optional() }),
  state: {
    lines: appendList(),
    tone: lastWriteWins({ initial: 'warm' }),
    marks: mergeMap({ initial: { read: false } }),
    seen: maxByTimestamp(),
    title: channel(keepLonger),
    count: (current, incoming) => Number(current) + Number(incoming),
  },
  plan: () => ({ words: 3 }),
  execute: () => 'done',
  verify: ({ check }) => check('short', true),
});

const light = defineRun({
  name: 'light',
  machine: setup({
    types: { context: {} as { n: number }, events: {} as { type: 'next' } },
  }).createMachine({
    context: { n: 0 },
    initial: 'red',
    states: {
      red: { on: { next: { target: 'green', actions: assign({ n: 1 }) } } },
      green: { type: 'final' },
    },
  }),
});

it('what is registered is told in its order, with what a form needs to start or fork a run of it', async () => {
  await using runtime = await open({ definitions: [letter, light] });
  expect(await runtime.definitions()).toEqual([
    {
      name: 'letter',
      version: '3',
      resumes: ['1', '2'],
      kind: 'code',
      channels: [
        { name: 'lines', reducer: 'appendList', initial: null },
        { name: 'tone', reducer: 'lastWriteWins', initial: 'warm' },
        { name: 'marks', reducer: 'mergeMap', initial: { read: false } },
        { name: 'seen', reducer: 'maxByTimestamp', initial: null },
        { name: 'title', reducer: 'keepLonger', initial: null },
        // The name that JavaScript gives such a function is that of the channel, and says nothing.
        { name: 'count', reducer: null, initial: null },
      ],
      inputSchema: expect.objectContaining({
        type: 'object',
        properties: {
          to: { type: 'string' },
          copies: expect.objectContaining({ type: 'integer' }),
        },
        required: ['to'],
      }),
      hasPlan: true,
      hasVerify: true,
    },
    {
      name: 'light',
      version: null,
      resumes: [],
      kind: 'machine',
      channels: [],
      inputSchema: null,
      hasPlan: false,
      hasVerify: false,
    },
  ]);
});

it('an input whose schema cannot say itself as JSON Schema has none, and its definition is told all the same', async () => {
  const silent: StandardSchema<string> = {
    '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value: String(value) }) },
  };
  const definitions = [
    defineRun({ name: 'silent', input: silent, execute: () => 1 }),
    defineRun({ name: 'beyond', input: z.bigint(), execute: () => 1 }),
    defineRun({ name: 'plain', execute: () => 1 }),
  ];
  await using runtime = await open({ definitions });
  const told = await runtime.definitions();
  expect(told.map(({ name, inputSchema }) => [name, inputSchema])).toEqual([
    ['silent', null],
    ['beyond', null],
    ['plain', null],
  ]);
});

/** What somebody without types may do to an answer. */
interface Changeable {
  readonly resumes: string[];
  readonly channels: { readonly initial: object | null }[];
}

it('what is told is a copy, and a runtime that is closed tells nothing', async () => {
  const runtime = await open({ definitions: [letter] });
  const first = (await runtime.definitions())[0] as unknown as Changeable;
  first.resumes.push('9');
  Object.assign(first.channels[2]?.initial ?? {}, { read: true });
  const [again] = await runtime.definitions();
  expect(again?.resumes).toEqual(['1', '2']);
  expect(again?.channels[2]?.initial).toEqual({ read: false });
  await runtime.close();
  expect(await codeOf(runtime.definitions())).toBe('RUNTIME_CLOSED');
});
