import { z } from 'zod';
import { ROUTES } from './routes/index.ts';
import type { Route } from './route.ts';
import { health, problem } from './schemas/answers.ts';

type Schema = Readonly<Record<string, unknown>>;

const PROBLEM_TYPE = 'application/problem+json';

/** The OpenAPI 3.1 document of the server, made of the routes that it answers by. */
export function openApiDocument(basePath: string, version: string): Schema {
  const schemas: Record<string, unknown> = {};
  const toSchema = (type: z.ZodType, io: 'input' | 'output'): Schema => schemaOf(type, io, schemas);
  const problems = {
    description: 'A problem, with its code.',
    content: { [PROBLEM_TYPE]: { schema: toSchema(problem, 'output') } },
  };
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase()] = operationOf(route, toSchema, problems);
  }
  for (const [path, summary] of PROBES) {
    const content = { 'application/json': { schema: toSchema(health, 'output') } };
    const responses = {
      200: { description: 'Yes.', content },
      503: { description: 'No.', content },
    };
    paths[path] = { get: { operationId: path.slice(1), summary, security: [], responses } };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'runchart', version, description: 'Runs: started, followed, and ended.' },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    security: [{ token: [] }],
    paths,
    components: { schemas, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  };
}

const PROBES = [
  ['/health', 'The process answers.'],
  ['/ready', 'The store answers, and new work is taken.'],
] as const;

function operationOf(
  route: Route,
  toSchema: (type: z.ZodType, io: 'input' | 'output') => Schema,
  problems: Schema,
): Schema {
  const { name, summary, params, query, body, method, status, takesContent } = route;
  const parameters = [
    ...Object.entries(params).map(([key, type]) => ({
      name: key,
      in: 'path',
      required: true,
      schema: toSchema(type, 'input'),
    })),
    ...queryParameters(query, toSchema),
    ...(method === 'POST' ? KEY_HEADERS : []),
    ...(route.media?.includes('text/event-stream') === true ? RESUME_HEADERS : []),
  ];
  const content = takesContent === true ? { '*/*': {} } : jsonContent(body, toSchema);
  return {
    operationId: name,
    summary,
    parameters,
    ...(content !== undefined && { requestBody: { content, required: takesContent === true } }),
    responses: {
      [status]: {
        description: 'Done.',
        content: {
          ...jsonContent(route.answer, toSchema, 'output'),
          ...Object.fromEntries((route.media ?? []).map((type) => [type, {}])),
        },
      },
      ...Object.fromEntries(
        Object.entries(route.also ?? {}).map(([also, description]) => [also, { description }]),
      ),
      default: problems,
    },
  };
}

const KEY_HEADERS = [
  {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'The same key again answers as the first time, and does nothing.',
    schema: { type: 'string', minLength: 1, maxLength: 256 },
  },
  {
    name: 'Run-Epoch',
    in: 'header',
    description: 'The epoch under which the caller drives the run: OWNER_FENCED when it is over.',
    schema: { type: 'integer', minimum: 0 },
  },
];

const RESUME_HEADERS = [
  {
    name: 'Last-Event-ID',
    in: 'header',
    description: 'The id of the last event that was received; what came after it is sent.',
    schema: { type: 'string' },
  },
];

function jsonContent(
  type: z.ZodType | undefined,
  toSchema: (type: z.ZodType, io: 'input' | 'output') => Schema,
  io: 'input' | 'output' = 'input',
): Schema | undefined {
  return type && { 'application/json': { schema: toSchema(type, io) } };
}

function queryParameters(
  query: z.ZodType | undefined,
  toSchema: (type: z.ZodType, io: 'input' | 'output') => Schema,
): readonly Schema[] {
  if (!(query instanceof z.ZodObject)) return [];
  return Object.entries(query.shape as Record<string, z.ZodType>).map(([name, type]) => ({
    name,
    in: 'query',
    required: !type.safeParse(undefined).success,
    schema: toSchema(type, 'input'),
  }));
}

/** The JSON Schema of a type. Those that have an id of their own stand in `schemas`, and are referred to. */
function schemaOf(
  type: z.ZodType,
  io: 'input' | 'output',
  schemas: Record<string, unknown>,
): Schema {
  const { $schema: _, ...made } = z.toJSONSchema(type, { io, reused: 'inline' });
  const text = JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/');
  const { $defs = {}, ...schema } = JSON.parse(text) as {
    $defs?: Record<string, unknown>;
  } & Schema;
  for (const [name, definition] of Object.entries($defs)) schemas[name] ??= withoutId(definition);
  const id = z.globalRegistry.get(type)?.id;
  if (id === undefined) return schema;
  schemas[id] ??= withoutId(schema);
  return { $ref: `#/components/schemas/${id}` };
}

function withoutId(schema: unknown): unknown {
  const { id: _, ...rest } = schema as Schema;
  return rest;
}
