import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { problemOfBuild, root } from '../support/built.ts';

/** What a browser has to load for `runchart/client`: our files, and the packages that they name. */
function loadedBy(entry: string): { readonly files: string[]; readonly packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const source = readFileSync(file, 'utf8');
    for (const [, name = ''] of source.matchAll(/(?:from|import\(?)\s*['"]([^'"]+)['"]/g)) {
      if (name.startsWith('.')) visit(join(dirname(file), name));
      else packages.add(name);
    }
  };
  visit(join(root, entry));
  return { files: [...files].map((file) => relative(root, file)), packages };
}

it('the client loads nothing of Node, of the runtime or of the server', () => {
  expect(problemOfBuild()).toBeUndefined();
  const { files, packages } = loadedBy('dist/client/index.js');
  expect([...packages].sort()).toEqual(['eventsource-parser/stream', 'nanoid']);
  expect(files).toContain('dist/client/transport.js');
  expect(files.filter((file) => /\/(actors|stores|work|server|cli)\//.test(file))).toEqual([]);
  // The same look at the runtime finds what is not for browsers.
  expect([...loadedBy('dist/index.js').packages]).toContain('node:crypto');
});
