import { describe, expect, it } from 'vitest';
import { shownAddress, storeAddress } from '../../src/cli/store-address.ts';
import { useCli } from './support/cli.ts';

const cliOf = useCli();

describe('the address of a store', () => {
  it.each([
    ['runs.db', { kind: 'sqlite', path: 'runs.db', file: '/here/runs.db' }],
    ['sqlite:/a/runs.db', { kind: 'sqlite', path: '/a/runs.db', file: '/a/runs.db' }],
    ['c:runs.db', { kind: 'sqlite', path: 'c:runs.db', file: '/here/c:runs.db' }],
    [
      'postgres://me:pw@db:5432/app?schema=jobs&sslmode=disable',
      {
        kind: 'postgres',
        options: { url: 'postgres://me:pw@db:5432/app?sslmode=disable', schema: 'jobs' },
      },
    ],
    ['postgresql://db/app', { kind: 'postgres', options: { url: 'postgresql://db/app' } }],
    [
      'nats://a:4222,b:4223?name=jobs&replicas=3',
      {
        kind: 'nats',
        options: { servers: ['nats://a:4222', 'nats://b:4223'], name: 'jobs', replicas: 3 },
      },
    ],
    [
      'nats://me:p%40w@a',
      { kind: 'nats', options: { servers: ['nats://a'], user: 'me', pass: 'p@w' } },
    ],
    [
      'nats://a?monitor=http://a:8222&monitor=http://b:8222',
      {
        kind: 'nats',
        options: { servers: ['nats://a'], monitors: ['http://a:8222', 'http://b:8222'] },
      },
    ],
    [
      'nats://a?sync=always',
      { kind: 'nats', options: { servers: ['nats://a'], syncAlways: true } },
    ],
    ['nats://secret@a/', { kind: 'nats', options: { servers: ['nats://a'], token: 'secret' } }],
  ])('%s is read', (text, address) => {
    expect(storeAddress(text, '/here')).toEqual(address);
  });

  it.each([
    'mysql://db',
    'sqlite:',
    ':memory:',
    'sqlite::memory:',
    'nats://',
    'nats://a?size=3',
    'nats://a?sync=never',
  ])('%s is refused', (text) => {
    expect(() => storeAddress(text, '/here')).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it.each([
    ['postgres://me:pw@db/app?schema=s', 'postgres://me:***@db/app?schema=s'],
    ['postgres://me@db/app?password=pw&x=1', 'postgres://me@db/app?password=***&x=1'],
    ['nats://me:pw@a:1,b:2', 'nats://me:***@a:1,b:2'],
    ['nats://secret@a', 'nats://***@a'],
    ['sqlite:a/b@c:d', 'sqlite:a/b@c:d'],
  ])('%s is shown as %s', (text, shown) => {
    expect(shownAddress(text)).toBe(shown);
  });

  it('a password is in nothing that is printed', async () => {
    const cli = cliOf();
    const address = 'postgres://me:sesame@127.0.0.1:1/none?connect_timeout=1';
    for (const words of [['ls'], ['doctor'], ['show', 'x']]) {
      const { code, out, err } = await cli.run(...words, '--store', address);
      expect(code).toBe(1);
      expect(err).not.toBe('');
      expect(out + err).not.toContain('sesame');
    }
    const broken = await cli.run('ls', '--store', 'postgres://me:sesame@[broken/none');
    expect(broken.code).toBe(2);
    expect(broken.err).not.toContain('sesame');
    const wrong = await cli.run('ls', '--store', 'mysql://me:sesame@db/none');
    expect(wrong.err).not.toContain('sesame');
  });
});
