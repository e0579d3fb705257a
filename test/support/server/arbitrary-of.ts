import fc from 'fast-check';

export type Schema = Readonly<Record<string, unknown>>;

/** Values that a JSON Schema allows, of the part of JSON Schema that our document uses. */
export function arbitraryOf(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  const { type, enum: values, const: only, oneOf, anyOf } = schema;
  if (only !== undefined) return fc.constant(only);
  if (Array.isArray(values)) return fc.constantFrom(...(values as unknown[]));
  const choice = (oneOf ?? anyOf) as readonly Schema[] | undefined;
  if (choice !== undefined) return fc.oneof(...choice.map((one) => arbitraryOf(one, depth)));
  if (type === 'object') return objectOf(schema, depth);
  if (type === 'array') return listOf(schema, depth);
  if (type === 'string') return textOf(schema);
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  if (type === 'integer' || type === 'number') return numberOf(schema);
  return fc.jsonValue({ maxDepth: 2, noUnicodeString: false });
}

function objectOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const properties = (schema['properties'] ?? {}) as Record<string, Schema>;
  const required = (schema['required'] ?? []) as string[];
  const model = Object.fromEntries(
    Object.entries(properties).map(([name, one]) => [name, arbitraryOf(one, depth + 1)]),
  );
  return fc.record(model, { requiredKeys: required, noNullPrototype: true });
}

function listOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const { prefixItems, items = {}, minItems = 0, maxItems = 3 } = schema;
  if (Array.isArray(prefixItems)) {
    return fc.tuple(...(prefixItems as Schema[]).map((one) => arbitraryOf(one, depth + 1)));
  }
  const length = { minLength: minItems as number, maxLength: maxItems as number };
  return fc.array(arbitraryOf(items as Schema, depth + 1), length);
}

function textOf({ pattern, minLength = 0, maxLength = 20 }: Schema): fc.Arbitrary<string> {
  if (typeof pattern === 'string' && pattern.includes('\\d')) {
    return fc.nat({ max: 999 }).map((n) => String(n + 1));
  }
  return fc
    .string({
      minLength: minLength as number,
      maxLength: Math.min(30, maxLength as number),
      unit: fc.constantFrom('a', 'B', '7', '-', '_', ' ', 'ä', '😀', '/', '%', '.x'),
    })
    .filter((text) => !/^\.{1,2}$/.test(text));
}

function numberOf({ type, minimum = -1e9, maximum = 1e9 }: Schema): fc.Arbitrary<number> {
  const range = { min: minimum as number, max: Math.min(maximum as number, 1e9) };
  return type === 'integer' ? fc.integer(range) : fc.double({ ...range, noNaN: true });
}
