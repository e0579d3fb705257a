/**
 * A review of a repository as it is on the disk: what it is made of, what became too long, what is said twice.
 * At the end somebody is asked whether the review is to be published.
 *
 * It shows most of what a run can do. Each piece of reading is a step, so a crash costs one piece; pieces that
 * need nothing of each other run side by side; what is known is in channels, kept after each super-step; what
 * comes out are artifacts that name what they were made from; and folders are measured by runs of their own.
 */
import { open, rm } from 'node:fs/promises';
import { appendList, defineRun, lastWriteWins, mergeMap } from 'runchart';
import { z } from 'zod';
import { pngBars, svgBars } from './bar-chart.ts';
import { measureFolder } from './measure-folder.ts';
import {
  functionsOf,
  importsOf,
  listFiles,
  readFiles,
  sentencesOf,
  type SourceFile,
  topFolder,
} from './repository.ts';

const Limits = z.object({ functionLines: z.int(), fileLines: z.int() });
const Answer = z.object({
  publish: z.boolean().describe('Whether the review is to be published'),
  audience: z.enum(['team', 'company', 'everybody']).describe('Who is to read it'),
  note: z.string().describe('What to say above it'),
});

type Finding = { readonly kind: string; readonly where: string; readonly what: string };

export const reviewChange = defineRun({
  name: 'review-change',
  version: '1',
  input: z.object({
    repository: z.string(),
    folders: z.array(z.string()),
    /** Held while the files are read, so that nobody else reviews meanwhile. */
    lockFile: z.string(),
  }),
  state: {
    findings: appendList({ initial: [] }),
    scores: mergeMap({ initial: {} }),
    // A fork may begin with other limits, and finds other things.
    limits: lastWriteWins({ schema: Limits, initial: { functionLines: 60, fileLines: 300 } }),
    stage: lastWriteWins({ initial: 'planned' }),
  },

  plan: async ({ input: { repository, folders }, step, log }) => {
    const paths = await step('list files', async () => {
      const listed = await Promise.all(folders.map((folder) => listFiles(repository, folder)));
      await log('The files are known', { files: listed.flat().length, folders });
      return listed.flat();
    });
    return { files: paths.length, folders, looks: ['lines', 'lengths', 'imports', 'sentences'] };
  },

  execute: async (context) => {
    const { input, step, state, outputs, checkpoint, child, emit, interrupt } = context;
    const { repository, folders, lockFile } = input;
    const say = (level: string, message: string, data = {}) =>
      emit({ type: 'log', level, message, data });

    await step(
      'take the lock',
      async () => {
        const file = await open(lockFile, 'wx');
        await file.writeFile(`${context.runId}\n`);
        await file.close();
      },
      { retries: 5, backoffMs: 200 },
    );
    await outputs.progress('reading', `${context.plan.files} files`);
    const files = async (): Promise<SourceFile[]> => {
      const paths = await Promise.all(folders.map((folder) => listFiles(repository, folder)));
      const read: SourceFile[] = [];
      for await (const file of readFiles(repository, paths.flat())) read.push(file);
      return read;
    };

    // What needs nothing of each other is asked for at once, and remembered one by one.
    const [languages, perFolder, graph] = await Promise.all([
      step('count lines by language', async () => sumBy(await files(), (file) => file.language)),
      step('count lines by folder', async () =>
        sumBy(await files(), ({ path }) => topFolder(path)),
      ),
      step('draw the graph of imports', async () => {
        const edges = (await files()).map((file) => [file.path, importsOf(file)] as const);
        await say('debug', 'The imports are read', { files: edges.length });
        return Object.fromEntries(edges.filter(([, imported]) => imported.length > 0));
      }),
    ]);
    const lines = await outputs.artifact('lines by language', languages);
    const imports = await outputs.artifact('imports', graph, { producer: 'graph' });
    await state.update({ stage: 'measured', scores: { files: context.plan.files, ...languages } });
    await checkpoint('measured');

    const measured = await Promise.all(
      folders.map((folder) => child(measureFolder, { repository, folder }, { prompt: folder })),
    );
    const scores = Object.fromEntries(measured.map(({ folder, lines }) => [`${folder}/`, lines]));
    await state.update({ stage: 'folders measured', scores });
    await checkpoint('folders measured');

    await outputs.progress('looking', 'what became too long, what is said twice');
    const limits = Limits.parse(state.get('limits'));
    const long = await step('find long functions', async () => {
      const found = longFunctions(await files(), limits.functionLines);
      for (const { where, what } of found.slice(0, 5)) await say('warn', `${where}: ${what}`);
      return found;
    });
    await state.update({ stage: 'functions looked at', findings: long });
    const longest = await step('find the longest files', async () =>
      longFiles(await files(), limits.fileLines),
    );
    const twice = await step('find repeated sentences', async () => repeated(await files()));
    await state.update({ stage: 'looked', findings: [...longest, ...twice] });
    await checkpoint('looked');

    const bars = Object.entries(perFolder).map(([label, value]) => ({ label, value }));
    const from = { parentRefs: [lines.id], producer: 'charts' };
    const svg = await outputs.bytes('lines per folder', Buffer.from(svgBars('Lines', bars)), {
      ...from,
      fileName: 'lines-per-folder.svg',
      mime: 'image/svg+xml',
    });
    const png = await outputs.bytes('lines per folder, bars', pngBars(bars), {
      ...from,
      fileName: 'lines-per-folder.png',
      mime: 'image/png',
    });
    const findings = state.get('findings') as readonly Finding[];
    const text = reviewText(languages, findings);
    const review = await outputs.bytes('review', Buffer.from(text), {
      fileName: 'review.md',
      mime: 'text/markdown',
      parentRefs: [lines.id, imports.id, svg.id, png.id],
    });
    await step('give the lock back', () => rm(lockFile, { force: true }));
    await outputs.progress('asking', `${findings.length} findings`);

    const answer = await interrupt({
      name: 'publish',
      question: `The review has ${findings.length} findings. Publish this review?`,
      schema: Answer,
    });
    const published = answer.publish ? `${answer.note}\n\n${text}` : null;
    if (published !== null) {
      const final = { parentRefs: [review.id], producer: answer.audience };
      await outputs.artifact('published review', published, final);
    }
    await outputs.final({ findings: findings.length, published: published !== null });
    return { findings: findings.length, languages, audience: answer.audience };
  },

  verify: async ({ result, state, step, input: { folders, lockFile }, check }) => {
    const scores = state.get('scores') as Record<string, number>;
    const findings = state.get('findings') as readonly Finding[];
    const sum = folders.reduce((lines, folder) => lines + (scores[`${folder}/`] ?? 0), 0);
    const expected = Object.values(result.languages).reduce((lines, count) => lines + count, 0);
    check('every line is in a folder and in a language', sum === expected, {
      evidence: { byFolder: sum, byLanguage: expected },
    });
    const isFree = await step('look for the lock', () => lockIsFree(lockFile));
    check('the lock was given back', isFree, { evidence: { lockFile } });
    check('nothing is too long', findings.length === 0 ? 'passed' : 'needs_review', {
      required: false,
      evidence: { findings: findings.length },
    });
    check('the review is translated', 'skipped', { required: false });
  },
});

function sumBy(files: readonly SourceFile[], key: (file: SourceFile) => string) {
  const sums: Record<string, number> = {};
  for (const file of files) sums[key(file)] = (sums[key(file)] ?? 0) + file.lines;
  return sums;
}

function longFunctions(files: readonly SourceFile[], most: number): Finding[] {
  return files.flatMap((file) =>
    functionsOf(file)
      .filter(({ lines }) => lines > most)
      .map(({ name, line, lines }) => ({
        kind: 'long function',
        where: `${file.path}:${line}`,
        what: `${name} has ${lines} lines`,
      })),
  );
}

function longFiles(files: readonly SourceFile[], most: number): Finding[] {
  return files
    .filter(({ language, lines }) => language === 'TypeScript' && lines > most)
    .toSorted((a, b) => b.lines - a.lines)
    .slice(0, 10)
    .map(({ path, lines }) => ({ kind: 'long file', where: path, what: `it has ${lines} lines` }));
}

/** Sentences of documents that stand in two places. */
function repeated(files: readonly SourceFile[]): Finding[] {
  const places = new Map<string, Set<string>>();
  for (const file of files.filter(({ language }) => language === 'Markdown')) {
    for (const sentence of sentencesOf(file)) {
      places.set(sentence, (places.get(sentence) ?? new Set()).add(file.path));
    }
  }
  return [...places]
    .filter(([, where]) => where.size > 1)
    .map(([what, where]) => ({ kind: 'said twice', where: [...where].join(', '), what }));
}

function reviewText(languages: Record<string, number>, findings: readonly Finding[]): string {
  const rows = Object.entries(languages).map(([name, lines]) => `| ${name} | ${lines} |`);
  const items = findings.map(({ kind, where, what }) => `- **${kind}** \`${where}\`: ${what}`);
  return [
    '# Review',
    '',
    '| Language | Lines |',
    '| --- | ---: |',
    ...rows,
    '',
    '## Findings',
    '',
    ...items,
    '',
  ].join('\n');
}

async function lockIsFree(lockFile: string): Promise<boolean> {
  try {
    await (await open(lockFile, 'r')).close();
    return false;
  } catch {
    return true;
  }
}
