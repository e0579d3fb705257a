/**
 * A real job: an index of all the words of this repository's own `docs` and `src`, made file by file.
 * Each file is a step, four are read side by side. Kill the program with -9 in the middle and start it
 * again on the same folder: it goes on with what is missing.
 *
 *   node examples/index-repository.ts FOLDER
 *
 * It leaves `index.json` in the folder, and `work.txt`, with a line for each piece of work that it did.
 */
import { appendFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRuntime, defineRun } from 'runchart';
import { sqlite } from 'runchart/sqlite';
import { workFolder } from './support/folder.ts';

type Counts = Record<string, number>;
/** For each word, how often it is in which file. */
type Index = Record<string, Counts>;

const repository = join(import.meta.dirname, '..');
const folder = workFolder();

/** Every piece of work leaves a line, so that one can see afterwards what was done, and how often. */
const noteDown = (line: string) => appendFileSync(join(folder, 'work.txt'), `${line}\n`);

/** How often each word is in a text. A word has three letters or more, in any case. */
function countWords(text: string): Counts {
  const counts = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(/[a-z]{3,}/g)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

const indexRepository = defineRun({
  name: 'index repository',
  execute: async ({ step, outputs }) => {
    // Which files there are is asked for once: the run goes on with these, whatever is added meanwhile.
    const files = await step('find files', async () => {
      noteDown('find files');
      const inFolder = async (name: string) => {
        const inside = await readdir(join(repository, name), { recursive: true });
        return inside.filter((path) => /\.(md|ts)$/.test(path)).map((path) => `${name}/${path}`);
      };
      return [...(await inFolder('docs')), ...(await inFolder('src'))].toSorted();
    });

    const byFile = new Map<string, Counts>();
    // Each of the four takes the next file that nobody has taken yet.
    const left = files.values();
    const readOn = async () => {
      for (const file of left) {
        const counts = await step(file, async () => {
          noteDown(file);
          return countWords(await readFile(join(repository, file), 'utf8'));
        });
        byFile.set(file, counts);
      }
    };
    await Promise.all(Array.from({ length: 4 }, readOn));

    const index: Index = Object.create(null);
    for (const file of files) {
      for (const [word, count] of Object.entries(byFile.get(file) ?? {})) {
        (index[word] ??= {})[file] = count;
      }
    }
    await outputs.artifact('index', index);
    return files.length;
  },
});

const stores = sqlite(join(folder, 'runs.db'));
await using runtime = await createRuntime({ stores, definitions: [indexRepository] });
// The key finds the run of the last time again, whether it was ended or killed.
const run = await runtime.start(indexRepository, { idempotencyKey: 'index' });
const fileCount = await run.result();

const output = await run.outputs.latestByArtifact('index');
if (output === undefined) throw new Error('The run gave out no index.');
await run.outputs.save(output, join(folder, 'index.json'));
const index: Index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));

const words = Object.keys(index);
const filesWithWords = new Set(words.flatMap((word) => Object.keys(index[word] ?? {})));
console.log(`every file is in the index: ${filesWithWords.size === fileCount}`);
console.log(
  `"sticky" is in docs/semantics.md: ${(index['sticky']?.['docs/semantics.md'] ?? 0) > 0}`,
);
// These change with the repository.
console.error(`${fileCount} files, ${words.length} words`);

// prints:
// every file is in the index: true
// "sticky" is in docs/semantics.md: true
