import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { Client } from 'pg';
import { inject, onTestFinished } from 'vitest';
import { postgres, type PostgresOptions } from '../../../src/stores/postgres/index.ts';
import type { ConformanceFixture } from '../../../src/testing/index.ts';

/** The server of the tests. */
export const postgresUrl: string = inject('postgresUrl');

/** A schema per place, so that all tests share one server. */
export function postgresFixture(
  url: string,
  options: Omit<PostgresOptions, 'url' | 'pool'> = {},
): ConformanceFixture {
  const schemaOf = (place: string): string => basename(place).toLowerCase();
  return {
    createStores: (place) => postgres({ url, schema: schemaOf(place), ...options }),
    release: (place) =>
      ask(url, `DROP SCHEMA IF EXISTS "${schemaOf(place)}" CASCADE`).then(() => {}),
  };
}

/** The rows that a server answers to somebody who has nothing to do with any stores. */
export async function ask(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** The name of a schema that nobody has, and that goes when the test is over. */
export function newSchema(url: string = postgresUrl): string {
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  onTestFinished(async () => {
    await ask(url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  });
  return schema;
}

/** The url of a new database on the server of the tests, which goes when the test is over. */
export async function newDatabase(): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await ask(postgresUrl, `CREATE DATABASE ${name}`);
  onTestFinished(async () => {
    await ask(postgresUrl, `DROP DATABASE ${name} WITH (FORCE)`);
  });
  const url = new URL(postgresUrl);
  url.pathname = name;
  return url.href;
}
