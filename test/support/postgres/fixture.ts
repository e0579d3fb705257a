import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { postgres, type PostgresOptions } from '../../../src/stores/postgres/index.ts';
import type { ConformanceFixture } from '../../../src/testing/index.ts';
import { ask } from './ask.ts';

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
