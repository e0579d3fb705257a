/** What the jobs of this folder read of a repository: its files, as they are on the disk. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** Folders that hold what was made or fetched, not written. */
const NOT_WRITTEN = new Set(['node_modules', 'dist', 'coverage', '.git', '.runchart']);
const LANGUAGES: Readonly<Record<string, string>> = {
  '.ts': 'TypeScript',
  '.tsx': 'TypeScript',
  '.js': 'JavaScript',
  '.mjs': 'JavaScript',
  '.md': 'Markdown',
  '.json': 'JSON',
  '.css': 'CSS',
  '.html': 'HTML',
  '.sh': 'Shell',
  '.py': 'Python',
};

export type SourceFile = {
  /** From the repository's folder on, with slashes. */
  readonly path: string;
  readonly language: string;
  readonly text: string;
  readonly lines: number;
};

/** Paths of the files of known languages below a folder, in order. A folder that is not there has none. */
export async function listFiles(repository: string, below = ''): Promise<string[]> {
  const entries = await readdir(join(repository, below), { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory() && !NOT_WRITTEN.has(entry.name)) {
      found.push(...(await listFiles(repository, path)));
    }
    // A lock file is long, and nobody has written it.
    if (entry.isFile() && extname(path) in LANGUAGES && entry.name !== 'package-lock.json') {
      found.push(path);
    }
  }
  return found;
}

/** Reads one file after the other: a repository may have more files than a process may open. */
export async function* readFiles(
  repository: string,
  paths: readonly string[],
): AsyncGenerator<SourceFile, void, void> {
  for (const path of paths) {
    const text = await readFile(join(repository, path), 'utf8');
    const language = LANGUAGES[extname(path)] ?? 'other';
    yield { path, language, text, lines: text.split('\n').length - 1 };
  }
}

/** The first part of a path; a dot for files of the repository's own folder. */
export function topFolder(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '.';
}

export type FoundFunction = {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
};

/** The functions of a file that is indented as formatters do: they end where a brace stands below their begin. */
export function functionsOf({ text }: SourceFile): FoundFunction[] {
  const lines = text.split('\n');
  return lines.flatMap((line, i) => {
    const [, indent = '', name] = /^(\s*)(?:export )?(?:async )?function\*? (\w+)/.exec(line) ?? [];
    if (name === undefined) return [];
    const end = lines.findIndex((later, j) => j > i && later === `${indent}}`);
    return end === -1 ? [] : [{ name, line: i + 1, lines: end - i + 1 }];
  });
}

/** The files of its own repository that a file imports, as they are written there. */
export function importsOf({ text }: SourceFile): string[] {
  return [...text.matchAll(/from '(\.[^']+)'/g)].map(([, path = '']) => path);
}

/** The sentences of a text of some length, without its code. */
export function sentencesOf({ text }: SourceFile): string[] {
  const prose = text.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/\s+/g, ' ');
  return prose
    .split(/(?<=[.!?]) /)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence.length > 40 && /^[A-Z]/.test(sentence));
}
