import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineRun, isRunchartError, type RunOutputs } from '../../src/index.ts';
import {
  codeOf,
  expectSound,
  open,
  PLACES,
  temporaryFolder,
  upTo,
} from '../support/runtime/helpers.ts';

async function bytesOf(outputs: RunOutputs, id: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await outputs.read(id)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.each(PLACES)('on %s', (_, create) => {
  it('outputs are kept in order, each told of by an event that names it', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    const { outputs } = run;
    const given = [
      await outputs.progress('fetching', 'page 1'),
      await outputs.partial('chunk'),
      await outputs.artifact('report', { lines: 3 }, { producer: 'writer' }),
      await outputs.final('done', { ok: false }),
    ];
    expect(await outputs.list()).toEqual(given);
    const log = await expectSound(stores, run.id);
    expect(log.slice(1).map(({ event }) => event)).toEqual([
      { type: 'output.appended', outputId: given[0]?.id, kind: 'progress', producer: 'run' },
      { type: 'output.appended', outputId: given[1]?.id, kind: 'partial', producer: 'run' },
      {
        type: 'output.appended',
        outputId: given[2]?.id,
        kind: 'artifact',
        producer: 'writer',
        name: 'report',
      },
      { type: 'output.appended', outputId: given[3]?.id, kind: 'final', producer: 'run' },
    ]);
    for (const record of given) expect(await outputs.get(record.id)).toEqual(record);
    expect(await outputs.latestByProducer('run')).toEqual(given[3]);
    expect(await outputs.latestByProducer('writer')).toEqual(given[2]);
    expect(await outputs.latestByArtifact('report')).toEqual(given[2]);
    expect(await outputs.verdict(1)).toMatchObject({ event: { type: 'final', ok: false } });
    expect(await outputs.listForAttempt(1)).toEqual(given);
    const afterId = given[1]?.id ?? '';
    expect(await outputs.list({ afterId })).toEqual(given.slice(2));
    expect(await outputs.list({ limit: 1 })).toEqual(given.slice(0, 1));
  });

  it('a second final of an attempt is refused and leaves no trace', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    const codes = await Promise.all([1, 2, 3].map((n) => codeOf(run.outputs.final(n))));
    expect(codes.toSorted()).toEqual(['ATTEMPT_CLOSED', 'ATTEMPT_CLOSED', 'none']);
    expect(await run.outputs.list()).toHaveLength(1);
    expect(await expectSound(stores, run.id)).toHaveLength(2);
    expect(await codeOf(run.outputs.final(1, { taskId: 'another' }))).toBe('none');
  });

  it('an output of a parent that does not exist is refused and leaves no trace', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    const parent = await run.outputs.partial('a');
    const parentRefs = [parent.id];
    const child = run.outputs.artifact('b', 1, { parentRefs });
    parentRefs.push('out_none');
    expect((await child).parentRefs).toEqual([parent.id]);
    expect(await codeOf(run.outputs.partial('c', { parentRefs }))).toBe('OUTPUT_NOT_FOUND');
    expect(await codeOf(run.outputs.get('out_none'))).toBe('OUTPUT_NOT_FOUND');
    expect(await run.outputs.list()).toHaveLength(2);
    expect(await expectSound(stores, run.id)).toHaveLength(3);
  });

  it('what is not JSON, or too large, is refused and leaves no trace', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores, limits: { outputBytes: 1000 } });
    const run = await runtime.open();
    const values = [new Date(), NaN, { f: () => {} }] as never[];
    const refused = values.map((value) => codeOf(run.outputs.artifact('a', value)));
    expect(new Set(await Promise.all(refused))).toEqual(new Set(['OUTPUT_INVALID']));
    const large = 'x'.repeat(999);
    expect(await codeOf(run.outputs.artifact('a', large))).toBe('OUTPUT_TOO_LARGE');
    expect(await codeOf(run.outputs.partial(large))).toBe('OUTPUT_TOO_LARGE');
    expect(await codeOf(run.outputs.final(large))).toBe('OUTPUT_TOO_LARGE');
    expect(await run.outputs.list()).toEqual([]);
    expect(await expectSound(stores, run.id)).toHaveLength(1);
  });

  it('a value that is too big for its record is kept as a JSON file, and read the same way', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores, limits: { inlineOutputBytes: 10 } });
    const { outputs } = await runtime.open();
    const value = { text: 'naïve 🏃', list: [1, null] };
    const json = JSON.stringify(value);
    const size = Buffer.byteLength(json);
    const changing = structuredClone(value);
    const giving = outputs.artifact('report', changing);
    changing.list.push(2);
    const record = await giving;
    const content = { kind: 'file', path: 'report.json', mime: 'application/json', size };
    expect(record.event).toMatchObject({ content });
    const small = await outputs.artifact('small', '12345678');
    expect(small.event).toMatchObject({ content: { kind: 'inline', value: '12345678' } });
    const { event } = await outputs.partial('123456789');
    expect(event).toMatchObject({ chunk: { kind: 'file', path: 'output.json', size: 11 } });
    const last = await outputs.final(value);
    expect(await outputs.value(record)).toEqual(value);
    expect(await outputs.value(last.id)).toEqual(value);
    expect(await outputs.value(small)).toBe('12345678');
    expect(String(await bytesOf(outputs, record.id))).toBe(json);
    // Another run gets at it by its id.
    const reader = (await runtime.open()).outputs;
    expect(await reader.value(record.id)).toEqual(value);
    expect((await reader.get(record.id)).event).toEqual(record.event);
  });

  it('a file is kept as an artifact: its bytes, digest and size, whatever becomes of the file', async () => {
    using place = create();
    using folder = temporaryFolder();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    const path = join(folder.path, 'page.html');
    const bytes = Buffer.alloc(700_000, '<p>\u0000\n');
    writeFileSync(path, bytes);
    const parent = await run.outputs.partial('source');
    const record = await run.outputs.file(path, {
      name: 'page',
      mime: 'text/html',
      producer: 'printer',
      taskId: 'print',
      parentRefs: [parent.id],
    });
    rmSync(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(record).toMatchObject({
      producer: 'printer',
      taskId: 'print',
      attempt: 1,
      parentRefs: [parent.id],
      event: {
        type: 'artifact',
        name: 'page',
        content: { kind: 'file', path: 'page.html', mime: 'text/html', size: bytes.length, sha256 },
      },
    });
    expect(await run.outputs.latestByArtifact('page')).toEqual(record);
    expect(await run.outputs.latestByProducer('printer')).toEqual(record);
    const reader = (await runtime.open()).outputs;
    expect(bytes.equals(await bytesOf(reader, record.id))).toBe(true);
    const copy = join(folder.path, 'copy');
    writeFileSync(copy, 'is replaced');
    await reader.save(record.id, copy);
    expect(bytes.equals(readFileSync(copy))).toBe(true);
    expect(readdirSync(folder.path)).toEqual(['copy']);
    expect(await codeOf(reader.value(record))).toBe('OUTPUT_INVALID');
    const [told] = (await expectSound(stores, run.id)).slice(-1);
    expect(told?.event).toMatchObject({ outputId: record.id, kind: 'artifact', name: 'page' });
    writeFileSync(path, '{"a":1}');
    const plain = await run.outputs.file(path);
    expect(plain.event).toMatchObject({
      name: 'page.html',
      content: { path: 'page.html', size: 7 },
    });
    expect(plain.event).not.toHaveProperty('content.mime');
    const json = await run.outputs.file(path, { mime: 'application/json' });
    expect(await run.outputs.value(json)).toEqual({ a: 1 });
  });

  it('what is no file, or too large, is refused with its path and leaves no trace', async () => {
    using place = create();
    using folder = temporaryFolder();
    const stores = place.stores();
    await using runtime = await open({ stores, limits: { outputBytes: 10 } });
    const run = await runtime.open();
    const [path, missing] = [join(folder.path, 'big'), join(folder.path, 'missing')];
    writeFileSync(path, '12345678901');
    const refused = {
      [path]: 'OUTPUT_TOO_LARGE',
      [missing]: 'OUTPUT_INVALID',
      [folder.path]: 'OUTPUT_INVALID',
    } as const;
    for (const [where, code] of Object.entries(refused)) {
      const error: unknown = await run.outputs.file(where).catch((reason: unknown) => reason);
      expect(isRunchartError(error) && error.code).toBe(code);
      expect((error as Error).message).toContain(where);
    }
    expect(await run.outputs.list()).toEqual([]);
    expect(await expectSound(stores, run.id)).toHaveLength(1);
    const any = async () => new Set<string>();
    expect((await stores.blobs.collect(any, { olderThanMs: -1000 })).blobs).toBe(0);
  });

  it('what an output does not hold cannot be read of it', async () => {
    using place = create();
    using folder = temporaryFolder();
    await using runtime = await open({ stores: place.stores() });
    const { outputs } = await runtime.open();
    const { id } = await outputs.progress('fetching');
    expect(await codeOf(outputs.value(id))).toBe('OUTPUT_INVALID');
    expect(await codeOf(outputs.read(id))).toBe('OUTPUT_INVALID');
    expect(await codeOf(outputs.save(id, join(folder.path, 'x')))).toBe('OUTPUT_INVALID');
    expect(await codeOf(outputs.value('out_none'))).toBe('OUTPUT_NOT_FOUND');
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('the bytes of a value are its JSON, whether it is kept in its record or as a file', async () => {
    using place = create();
    using folder = temporaryFolder();
    await using runtime = await open({
      stores: place.stores(),
      limits: { inlineOutputBytes: 20 },
    });
    const { outputs } = await runtime.open();
    for (const value of [{ short: 1 }, { long: 'x'.repeat(100) }]) {
      const path = join(folder.path, 'value.json');
      const record = await outputs.artifact('value', value);
      for (const _ of [1, 2]) await outputs.save(record, path);
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(value);
      expect(readdirSync(folder.path)).toEqual(['value.json']);
    }
  });

  it('the newest outputs can come first', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const { outputs } = await runtime.open();
    const given = [];
    for (const n of upTo(4)) given.push(await outputs.partial(n));
    expect(await outputs.list({ reverse: true })).toEqual(given.toReversed());
    const afterId = given[2]?.id ?? '';
    expect(await outputs.list({ reverse: true, limit: 1, afterId })).toEqual([given[1]]);
  });

  it('an owner that was taken over gives nothing out any more', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    await run.outputs.artifact('mine', 1);
    const other = await runtime.claim(run.id);
    expect(await codeOf(run.outputs.artifact('too late', 1))).toBe('OWNER_FENCED');
    await other?.outputs.artifact('theirs', 1);
    const names = (await run.outputs.list()).map(
      ({ event }) => event.type === 'artifact' && event.name,
    );
    expect(names).toEqual(['mine', 'theirs']);
  });

  it('latest by name stays within the run unless asked otherwise', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const [first, second] = await Promise.all([runtime.open(), runtime.open()]);
    const mine = await first.outputs.artifact('a', 1, { producer: 'p' });
    const theirs = await second.outputs.artifact('a', 2, { producer: 'p' });
    expect(await first.outputs.latestByArtifact('a')).toEqual(mine);
    expect(await first.outputs.latestByProducer('p')).toEqual(mine);
    expect(await first.outputs.latestByArtifact('a', { scope: 'all' })).toEqual(theirs);
    expect(await first.outputs.latestByProducer('p', { scope: 'all' })).toEqual(theirs);
    expect(await first.outputs.latestByArtifact('none')).toBeUndefined();
  });

  it('outputs given out by a definition belong to its attempt', async () => {
    using place = create();
    const stores = place.stores();
    const gives = defineRun({
      name: 'gives',
      execute: async ({ outputs }) => {
        await Promise.all(upTo(20).map((n) => outputs.partial(n)));
        await outputs.final('all');
      },
    });
    await using runtime = await open({ stores, definitions: [gives] });
    const run = await runtime.start(gives);
    await run.result();
    const records = await run.outputs.listForAttempt(1);
    expect(records).toHaveLength(21);
    const told = (await expectSound(stores, run.id)).flatMap(
      ({ event }) => event['outputId'] ?? [],
    );
    expect(new Set(told)).toEqual(new Set(records.map(({ id }) => id)));
    expect(told).toHaveLength(records.length);
    expect(records.at(-1)?.event.type).toBe('final');
  });

  it('an output given out after the end is kept, and its event is late', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    await run.cancel();
    const { id } = await run.outputs.artifact('a', 1);
    expect(await run.outputs.get(id)).toMatchObject({ id });
    expect((await expectSound(stores, run.id)).at(-1)).toMatchObject({ late: true });
  });
});
