import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRuntime, type OutputRecord } from '../../src/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { type Cli, cliAt, type Place, PLACES, useCli } from './support/cli.ts';

const createCli = useCli();

/** A store in which one run has given out a bit of everything. */
async function withOutputs(place: Place): Promise<{
  readonly cli: Cli;
  readonly bytes: Buffer;
  readonly given: Readonly<Record<string, OutputRecord>>;
}> {
  const cli = createCli();
  mkdirSync(join(cli.folder, '.runchart'));
  const stores = sqlite(join(cli.folder, '.runchart', 'runs.db'), { writer: 'inline' });
  await using runtime = await createRuntime({ stores, limits: { inlineOutputBytes: 100 } });
  const { outputs } = await runtime.open();
  const bytes = Buffer.alloc(
    600_000,
    Uint8Array.from({ length: 251 }, (_, i) => i),
  );
  const path = join(cli.folder, 'image.png');
  writeFileSync(path, bytes);
  const given = {
    line: await outputs.partial('a line', { producer: 'stdout' }),
    longLine: await outputs.partial('long '.repeat(40), { producer: 'stdout' }),
    small: await outputs.artifact('small', { a: [1] }),
    big: await outputs.artifact('big', { list: Array.from({ length: 60 }, (_, i) => i) }),
    text: await outputs.artifact('text', 'as\nit is'),
    image: await outputs.file(path, { mime: 'image/png' }),
    plain: await outputs.file(path, { name: 'no type' }),
    progress: await outputs.progress('done'),
  };
  return { cli: await cliAt(place, cli), bytes, given };
}

describe.each(PLACES)('over %s,', (place) => {
  it('outputs lists files with their size, type and id, and lines as they were', async () => {
    const { cli, given } = await withOutputs(place);
    const { image, plain, big } = given;
    expect((await cli.run('outputs', '@last')).out).toBe(
      [
        'a line',
        'long '.repeat(40),
        'artifact small: {"a":[1]}',
        `artifact big: big.json (180 bytes, application/json) ${big?.id}`,
        'artifact text: as\nit is',
        `artifact image.png: image.png (585.9 KiB, image/png) ${image?.id}`,
        `artifact no type: image.png (585.9 KiB, unknown type) ${plain?.id}`,
        'progress done',
        '',
      ].join('\n'),
    );
    const records = await cli.json<OutputRecord>('outputs', '@last');
    expect(records).toEqual(Object.values(given));
  });

  it('outputs --get prints the bytes of a file, and the value of everything else', async () => {
    const { cli, bytes, given } = await withOutputs(place);
    const get = async (name: string, ...more: string[]) =>
      cli.run('outputs', '@last', '--get', given[name]?.id ?? '', ...more);
    expect((await get('small')).out).toBe('{"a":[1]}\n');
    expect((await get('text')).out).toBe('as\nit is\n');
    expect((await get('text', '--json')).out).toBe('"as\\nit is"\n');
    expect((await get('longLine')).out).toBe(`${'long '.repeat(40)}\n`);
    expect(JSON.parse((await get('big')).out)).toMatchObject({ list: { length: 60 } });
    await cli.shell(`runchart outputs @last --get ${given['image']?.id} > copy.png`);
    expect(bytes.equals(await readFile(join(cli.folder, 'copy.png')))).toBe(true);
    const head = await cli.shell(
      `runchart outputs @last --get ${given['image']?.id} | head -c 1 | wc -c; echo "\${PIPESTATUS[0]}"`,
    );
    expect(head).toMatchObject({ out: '1\n0\n', err: '' });
    const none = await get('progress');
    expect(none).toMatchObject({ code: 1, out: '' });
    expect(none.err).toMatch(/^runchart: OUTPUT_INVALID: /);
    const unknown = await cli.run('outputs', '@last', '--get', 'out_none');
    expect(unknown.err).toMatch(/^runchart: OUTPUT_NOT_FOUND: /);
  });

  it('outputs --save writes the whole file, or none', async () => {
    const { cli, bytes, given } = await withOutputs(place);
    const save = (id: string, path: string) =>
      cli.run('outputs', '@last', '--get', id, '--save', path);
    expect(await save(given['image']?.id ?? '', 'copy.png')).toEqual({
      code: 0,
      signal: null,
      out: '',
      err: '',
    });
    expect(bytes.equals(await readFile(join(cli.folder, 'copy.png')))).toBe(true);
    expect(await save('out_none', 'none.png')).toMatchObject({
      code: 1,
      err: expect.stringContaining('OUTPUT_NOT_FOUND'),
    });
    expect(readdirSync(cli.folder).filter((name) => name.includes('none'))).toEqual([]);
    expect(await cli.run('outputs', '@last', '--save', 'x')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--save needs --get'),
    });
  });
});

it('outputs --get tells of a damaged file', async () => {
  const { cli, given } = await withOutputs('a file');
  const event = given['image']?.event;
  const sha256 =
    event?.type === 'artifact' && event.content.kind === 'file' && event.content.sha256;
  const folder = join(
    cli.folder,
    '.runchart',
    'runs.db-blobs',
    'sha256',
    String(sha256).slice(0, 2),
  );
  writeFileSync(join(folder, String(sha256)), 'damaged');
  const ended = await cli.run('outputs', '@last', '--get', given['image']?.id ?? '');
  expect(ended).toMatchObject({ code: 1, out: 'damaged' });
  expect(ended.err).toMatch(/^runchart: BLOB_CORRUPT: [^\n]*\n$/);
  const remote = await cli.served();
  const broken = await remote.run('outputs', '@last', '--get', given['image']?.id ?? '');
  expect(broken.code).toBe(1);
  expect(broken.err).toMatch(/^runchart: SERVER_UNREACHABLE: [^\n]* broke off: [^\n]*\n$/);
});
