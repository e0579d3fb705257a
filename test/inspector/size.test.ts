import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { root } from '../support/built.ts';

const ASSETS = join(root, 'dist/inspector/page/assets');
const MOST_KIB = 250;
const files = readdirSync(ASSETS).map((name) => ({
  name,
  content: readFileSync(join(ASSETS, name)),
}));
const scripts = files.filter(({ name }) => name.endsWith('.js'));

/** Names of XML, which look like addresses and are never asked for. */
const NAMESPACES =
  /http:\/\/www\.w3\.org\/(?:2000\/svg|1999\/x(?:html|link)|1998\/Math\/MathML|2000\/xmlns\/|XML\/1998\/namespace)/g;

describe('what the page ships', () => {
  it(`is at most ${MOST_KIB} KiB of JavaScript, compressed`, () => {
    const sizes = scripts.map(({ name, content }) => [name, gzipSync(content).byteLength] as const);
    const kib = sizes.reduce((sum, [, bytes]) => sum + bytes, 0) / 1024;
    console.log(`JavaScript of the page: ${kib.toFixed(1)} KiB gzipped`, Object.fromEntries(sizes));
    expect(scripts.length).toBeGreaterThan(0);
    expect(kib).toBeLessThanOrEqual(MOST_KIB);
  });

  it.each(files)('asks no other host: $name', ({ content }) => {
    const text = content.toString('utf8').replaceAll(NAMESPACES, '');
    const asked =
      /(?:fetch|import|importScripts|EventSource|WebSocket|Worker|url)\(\s*["'`]?(?:https?:|wss?:)?\/\/[^"'`)]*/g;
    expect(text.match(asked) ?? []).toEqual([]);
    expect(text.match(/(?:from|import)\s*["'`](?:https?:)?\/\/[^"'`]*/g) ?? []).toEqual([]);
    const addresses = [...text.matchAll(/https?:\/\/[\w.-]+[^\s"'`)\\]*/g)].map(
      ([address]) => address,
    );
    // What errors and schemas name themselves by: nobody asks there.
    const named =
      /^http:\/\/(?:localhost|127\.0\.0\.1)\b|^https?:\/\/(?:json-schema\.org\/|stately\.ai\/|github\.com\/cfworker$)/;
    expect(addresses.filter((address) => !named.test(address))).toEqual([]);
  });
});
