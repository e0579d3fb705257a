import fc from 'fast-check';
import { arbitraryOf, type Schema } from './arbitrary-of.ts';

export interface Operation {
  readonly id: string;
  readonly path: string;
  readonly method: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly takesContent: boolean;
  readonly responses: Readonly<Record<string, { readonly content?: Record<string, Media> }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Media {
  readonly schema?: Schema;
}

/** A request, and whether it keeps to the document. */
export interface Asked {
  readonly operation: Operation;
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly isValid: boolean;
}

export function operationsOf(document: Schema): Operation[] {
  const paths = document['paths'] as Record<string, Record<string, Schema>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const content = (operation['requestBody'] as { content?: Record<string, Media> } | undefined)
        ?.content;
      return {
        id: operation['operationId'] as string,
        path,
        method: method.toUpperCase(),
        parameters: (operation['parameters'] ?? []) as Parameter[],
        body: content?.['application/json']?.schema,
        takesContent: content?.['*/*'] !== undefined,
        responses: operation['responses'] as Operation['responses'],
      };
    }),
  );
}

/** Ids that mean something now: without them hardly any request would get beyond NOT_FOUND. */
export type Known = Readonly<Record<string, readonly string[]>>;

/** Requests of an operation that its part of the document allows. */
export function validOf(operation: Operation, known: () => Known): fc.Arbitrary<Asked> {
  const { parameters, body, method, takesContent } = operation;
  const values = Object.fromEntries(
    parameters.map(({ name, schema }) => [
      name,
      fc.oneof(
        { weight: 4, arbitrary: fc.nat().map((n) => pick(known()[name], n)) },
        { weight: 1, arbitrary: arbitraryOf(schema).map(String) },
      ),
    ]),
  );
  const requiredKeys = parameters
    .filter(({ required }) => required === true)
    .map(({ name }) => name);
  return fc
    .record({
      values: fc.record(values, { requiredKeys }),
      json: body === undefined ? fc.constant(undefined) : arbitraryOf(body),
      content: fc.string(),
    })
    .map(({ values: chosen, json, content }) => {
      const given = chosen as Readonly<Record<string, string | undefined>>;
      const headers: Record<string, string> = {};
      let url = operation.path;
      const query = new URLSearchParams();
      for (const { name, in: where } of parameters) {
        const value = given[name];
        if (value === undefined) continue;
        if (where === 'path') url = url.replace(`{${name}}`, encodeURIComponent(value));
        else if (where === 'query') query.set(name, value);
        else headers[name] = name === 'Run-Epoch' ? '1' : encodeURIComponent(value);
      }
      if (json !== undefined) headers['content-type'] = 'application/json';
      const text = query.size > 0 ? `?${query.toString()}` : '';
      return {
        operation,
        method,
        headers,
        url: url + text,
        body: takesContent ? content : json === undefined ? undefined : JSON.stringify(json),
        isValid: true,
      };
    });
}

function pick(list: readonly string[] | undefined, n: number): string | undefined {
  return list?.[n % list.length];
}

/** What breaks a request, each in a way of its own. Answers undefined where there is nothing to break. */
const BREAKS: readonly ((asked: Asked, junk: string) => Asked | undefined)[] = [
  (asked) => withBody(asked, (text) => text.slice(0, -1)),
  (asked) => withBody(asked, () => '[1,2,3]'),
  (asked) => withBody(asked, () => '"\\ud800"'),
  (asked, junk) => withBody(asked, (text) => withMember(text, `${JSON.stringify(`x${junk}`)}:1`)),
  (asked) => withBody(asked, (text) => withMember(text, '"__proto__":{"type":1}')),
  (asked) => withBody(asked, () => '['.repeat(50_000) + ']'.repeat(50_000)),
  (asked) =>
    withBody(asked, (text) =>
      JSON.stringify(
        Object.fromEntries(
          Object.keys(JSON.parse(text) as object)
            .filter((name) => !LOOSE.has(name))
            .map((name) => [name, { wrong: ['type'] }]),
        ),
      ).replace(/^\{\}$/, '{"unknown":1}'),
    ),
  (asked) =>
    asked.operation.body === undefined
      ? undefined
      : { ...asked, headers: { ...asked.headers, 'content-type': 'text/plain' }, isValid: false },
  (asked) => ({ ...asked, method: asked.method === 'GET' ? 'DELETE' : 'PUT', isValid: false }),
  (asked, junk) => ({
    ...asked,
    url: `${asked.url}${asked.url.includes('?') ? '&' : '?'}x${encodeURIComponent(junk.toWellFormed())}=1`,
    isValid: false,
  }),
  (asked) => ({ ...asked, url: asked.url.replace('/v1/', '/v1/../v1/x/'), isValid: false }),
  (asked) => ({ ...asked, headers: { ...asked.headers, 'run-epoch': '-1e9' }, isValid: false }),
  (asked) => ({ ...asked, headers: { ...asked.headers, 'idempotency-key': '%' }, isValid: false }),
];

/** Members that take any JSON, so that no type is wrong for them. */
const LOOSE: ReadonlySet<string> = new Set([
  'input',
  'value',
  'signal',
  'result',
  'error',
  'edits',
]);

export function brokenOf(operation: Operation, known: () => Known): fc.Arbitrary<Asked> {
  return fc
    .tuple(validOf(operation, known), fc.nat({ max: BREAKS.length - 1 }), fc.string())
    .map(([asked, which, junk]) => BREAKS[which]?.(asked, junk))
    .filter((asked) => asked !== undefined);
}

function withBody(asked: Asked, change: (text: string) => string): Asked | undefined {
  if (asked.operation.body === undefined || asked.body === undefined) return undefined;
  return { ...asked, body: change(asked.body), isValid: false };
}

function withMember(text: string, member: string): string {
  return text === '{}' ? `{${member}}` : text.replace(/^\{/, `{${member},`);
}
