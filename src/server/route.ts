import type { z } from 'zod';
import type { Run } from '../run.ts';
import type { Runtime } from '../runtime.ts';
import type { Access } from './access.ts';
import type { ServerLimits } from './server-options.ts';
import type { Streams } from './streams.ts';

export type Params = Readonly<Record<string, z.ZodType<string | number>>>;

/** One request, checked. */
export interface Call<P extends Params, Query, Body> {
  readonly params: { readonly [K in keyof P]: z.output<P[K]> };
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
  readonly runtime: Runtime;
  readonly access: Access;
  readonly streams: Streams;
  readonly limits: ServerLimits;
  /** Members for options: the Idempotency-Key of the request, if it has one. */
  readonly key: { readonly idempotencyKey?: string };
  /** The run of the path: driven, if the request carries the epoch under which it is. */
  run(): Promise<Run>;
}

/** What an operation takes, what it answers, and what it does. The OpenAPI document is made of these. */
export interface Route<
  P extends Params = Params,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
> {
  /** Also what `authorize` is asked for. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly summary: string;
  readonly params: P;
  readonly query?: Query;
  readonly body?: Body;
  /** A body that is no JSON, and is read by the operation itself. */
  readonly takesContent?: boolean;
  readonly status: 200 | 201;
  /** The JSON that is answered. Without it: a stream or a content. */
  readonly answer?: z.ZodType;
  /** Media types of answers that are no JSON. */
  readonly media?: readonly string[];
  /** Other statuses of success, each with what it says. They have no JSON. */
  readonly also?: Readonly<Record<number, string>>;
  /** Begins work: refused while the server drains. */
  readonly begins?: boolean;
  /** Takes as long as it needs. */
  readonly isLong?: boolean;
  /** Looks after its own permission, which depends on more than the path. */
  readonly allows?: 'itself';
  /** A value of `answer`, or a whole response. */
  handle(call: Call<P, z.output<Query>, z.output<Body>>): Promise<unknown>;
}

/** Lets TypeScript see what the schemas of a route make of its call, and forgets it after that. */
export function route<P extends Params, Query extends z.ZodType, Body extends z.ZodType>(
  definition: Route<P, Query, Body>,
): Route {
  return definition;
}
