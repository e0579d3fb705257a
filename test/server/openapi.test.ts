import { Validator } from '@cfworker/json-schema';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defineRun } from '../../src/index.ts';
import { createServer } from '../../src/server/index.ts';
import { eventually, open } from '../support/runtime/helpers.ts';
import { newSeed } from '../support/runtime/random.ts';
import type { Schema } from '../support/server/arbitrary-of.ts';
import {
  type Asked,
  brokenOf,
  type Known,
  type Operation,
  operationsOf,
  validOf,
} from '../support/server/requests-of.ts';

const ask = defineRun({
  name: 'ask',
  execute: async ({ interrupt, checkpoint, outputs }) => {
    await outputs.artifact('said', { a: 1 });
    await checkpoint('one');
    return interrupt({ question: 'Go on?' });
  },
});

async function started() {
  const faults: unknown[] = [];
  const runtime = await open({ definitions: [ask], onError: () => {} });
  const server = createServer(runtime, { onError: (error) => faults.push(error) });
  const fetch = (path: string, init?: RequestInit): Promise<Response> =>
    server.fetch(new Request(`http://localhost${path}`, init));
  const document = (await (await fetch('/openapi.json')).json()) as Schema;
  return { runtime, server, fetch, document, faults };
}

function allOf(value: unknown, name: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === name ? [member, ...allOf(member, name)] : allOf(member, name),
  );
}

describe('the OpenAPI document', () => {
  test('is whole: each reference leads somewhere, each operation has a name of its own, each parameter is declared', async () => {
    const { document, runtime } = await started();
    expect(document['openapi']).toMatch(/^3\.1\.\d$/);
    expect(document['info']).toMatchObject({
      title: expect.any(String),
      version: expect.any(String),
    });
    for (const ref of allOf(document, '$ref')) {
      expect(ref).toMatch(/^#\/components\/schemas\/\w+$/);
      const { schemas } = document['components'] as { schemas: Record<string, unknown> };
      expect(schemas[String(ref).split('/').at(-1) ?? ''], String(ref)).toBeDefined();
    }
    const operations = operationsOf(document);
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
    for (const { id, path, parameters, responses, method } of operations) {
      const inPath = parameters.filter((one) => one.in === 'path');
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect([id, inPath.map(({ name }) => name)]).toEqual([id, named]);
      expect(inPath.every(({ required }) => required === true)).toBe(true);
      expect(new Set(parameters.map((one) => `${one.in} ${one.name.toLowerCase()}`)).size).toBe(
        parameters.length,
      );
      expect(['GET', 'POST']).toContain(method);
      for (const [status, response] of Object.entries(responses)) {
        expect(status).toMatch(/^(default|[1-5]\d\d)$/);
        expect(response).toMatchObject({ description: expect.any(String) });
      }
    }
    // No keyword of zod alone, and nothing left of where zod keeps its definitions.
    expect(allOf(document, '$defs')).toEqual([]);
    expect(JSON.stringify(document)).not.toContain('#/$defs');
    await runtime.close();
  });

  test('says what may be asked: what it allows is done, or refused for the state of things, and answered as it says; what it does not is refused', async () => {
    const seed = newSeed();
    console.log(`RUNCHART_SEED=${seed}`);
    const { document, fetch, runtime, faults } = await started();
    const schemas = (document['components'] as { schemas: Schema }).schemas;
    const validators = new Map<string, Validator>();
    const known = { runs: ['seed'], outputs: ['none'], interrupts: ['none'] };
    const values = (): Known => ({
      runId: known.runs,
      outputId: known.outputs,
      interruptId: known.interrupts,
      superStep: ['1'],
      name: ['file'],
      status: ['completed', 'created,executing'],
    });
    const seedRun = await runtime.open({ runId: 'seed' });
    known.outputs = [(await seedRun.outputs.artifact('said', 1)).id];
    const asking = await runtime.start(ask, { runId: 'asking' });
    await eventually(async () => (await asking.interrupts.list()).length === 1);
    known.runs.push('asking', 'asking', 'asking');
    known.interrupts = (await asking.interrupts.list()).map(({ id }) => id);
    const statuses = new Map<string, number>();

    const check = async ({
      operation,
      url,
      method,
      headers,
      body,
      isValid,
    }: Asked): Promise<void> => {
      const signal = AbortSignal.timeout(10_000);
      const response = await fetch(url, {
        method,
        headers,
        signal,
        ...(body !== undefined && { body }),
      });
      const type = response.headers.get('content-type') ?? '';
      const text = type === 'text/event-stream' ? '' : await response.text();
      await (type === 'text/event-stream' ? response.body?.cancel() : undefined);
      const told = `${method} ${url} ${JSON.stringify(headers)} ${body?.slice(0, 300)}: ${response.status} ${text.slice(0, 300)}`;
      const kind = `${isValid ? 'valid' : 'broken'} ${response.status < 300 ? '2xx' : '4xx'}`;
      statuses.set(kind, (statuses.get(kind) ?? 0) + 1);
      if (response.status < 300) {
        expect(isValid, told).toBe(true);
        const media = operation.responses[response.status]?.content ?? {};
        const schema = media[type.split(';')[0] ?? '']?.schema;
        if (schema !== undefined) {
          const result = validatorOf(validators, operation, schema, schemas).validate(
            JSON.parse(text),
          );
          expect(result.errors, told).toEqual([]);
          note(known, operation.id, JSON.parse(text));
        } else expect(operation.responses, told).toHaveProperty(String(response.status));
        return;
      }
      expect(response.status, told).toBeGreaterThanOrEqual(400);
      expect(response.status, told).toBeLessThan(500);
      expect(type, told).toBe('application/problem+json');
      expect(JSON.parse(text), told).toMatchObject({
        code: expect.any(String),
        status: response.status,
      });
    };

    const operations = operationsOf(document).filter(({ path }) => path.startsWith('/v1'));
    const any = fc.oneof(
      ...operations.map((one) => validOf(one, values)),
      ...operations.map((one) => brokenOf(one, values)),
    );
    await fc.assert(fc.asyncProperty(any, check), {
      numRuns: Number(process.env['RUNCHART_REQUESTS'] ?? 1_500),
      seed,
      endOnFailure: true,
    });
    console.log(JSON.stringify([...statuses]));
    expect(statuses.get('valid 2xx')).toBeGreaterThan(200);
    expect(statuses.get('broken 4xx')).toBeGreaterThan(400);
    expect(faults).toEqual([]);
    await runtime.close({ graceMs: 0 });
  });
});

function validatorOf(
  made: Map<string, Validator>,
  { id }: Operation,
  schema: Schema,
  schemas: Schema,
): Validator {
  const known = made.get(id);
  if (known !== undefined) return known;
  const text = JSON.stringify({ ...schema, $defs: schemas });
  const whole = JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as object;
  const validator = new Validator(whole, '2020-12', false);
  made.set(id, validator);
  return validator;
}

/** What came of a request is what later ones ask for. */
function note(known: { runs: string[]; outputs: string[] }, id: string, answer: unknown): void {
  const { runId, id: outputId } = (answer ?? {}) as { runId?: string; id?: string };
  if (/^(start|open|fork)Run$/.test(id) && runId !== undefined) known.runs.push(runId);
  if (id.startsWith('give') && outputId !== undefined) known.outputs.push(outputId);
}
