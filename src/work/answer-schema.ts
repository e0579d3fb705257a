import { type Schema, Validator } from '@cfworker/json-schema';
import { RunchartError } from '../errors.ts';
import type { Json } from '../json.ts';
import { type StandardSchema, validate } from './standard-schema.ts';

/** A Standard Schema that can say what it accepts as JSON Schema. */
interface SayingItself {
  readonly '~standard': {
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: 'draft-2020-12' }) => unknown;
    };
  };
}

/** JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [key: string]: Json };

export type AnswerSchema<Answer> = StandardSchema<Answer> | JsonSchema;

/** The JSON Schema to keep in the log. Throws INPUT_INVALID for a schema that cannot say itself as one. */
export function jsonSchemaOf(schema: AnswerSchema<unknown>): JsonSchema {
  if (!isStandard(schema)) return schema;
  const { jsonSchema } = (schema as SayingItself)['~standard'];
  if (jsonSchema === undefined) {
    throw new RunchartError(
      'INPUT_INVALID',
      `A schema of ${schema['~standard'].vendor} cannot be kept in the log, as it does not say itself ` +
        'as JSON Schema; pass a JSON Schema, or a schema of zod 4.2 or later.',
    );
  }
  // A copy without what is no JSON: zod puts a function beside.
  return JSON.parse(JSON.stringify(jsonSchema.input({ target: 'draft-2020-12' }))) as JsonSchema;
}

/** The JSON Schema of what a schema lets in; null for one that cannot say itself as JSON Schema. */
export function sayableSchemaOf(schema: AnswerSchema<unknown>): JsonSchema | null {
  try {
    return jsonSchemaOf(schema);
  } catch {
    // Also that of a library that knows JSON Schema, and has a type that JSON does not.
    return null;
  }
}

/** Throws INPUT_INVALID with the issues, unless the answer is what the schema asks for. */
export function checkAnswer(schema: Json, answer: Json, what: string): void {
  if (schema === null) return;
  const { valid, errors } = new Validator(schema as Schema, '2020-12', false).validate(answer);
  if (valid) return;
  const issues = errors
    .filter(({ keyword }) => keyword !== 'properties')
    .map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
  throw new RunchartError('INPUT_INVALID', `${what} is not valid: ${issues.join('; ')}`, {
    cause: errors,
  });
}

/** What a Standard Schema makes of an answer that its JSON Schema let pass; other schemas change nothing. */
export async function refine<Answer>(
  schema: AnswerSchema<Answer>,
  answer: Json,
): Promise<{ readonly value: Answer } | { readonly issues: string }> {
  if (!isStandard(schema)) return { value: answer as Answer };
  try {
    return { value: await validate(schema, answer, 'It') };
  } catch (error) {
    return { issues: (error as Error).message };
  }
}

function isStandard<Answer>(schema: AnswerSchema<Answer>): schema is StandardSchema<Answer> {
  return '~standard' in schema;
}
