import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * What is wrong with `dist`, which is what users of the package run; undefined when it is there
 * and not older than any file of `src`.
 */
export function problemOfBuild(folder: string = root): string | undefined {
  const built = statSync(join(folder, 'dist/index.js'), { throwIfNoEntry: false });
  if (built === undefined) return 'The package is not built: npm run build comes first.';
  const files = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' });
  const newer = files.find((file) => {
    const { mtimeMs } = statSync(join(folder, 'src', file));
    return file.endsWith('.ts') && mtimeMs > built.mtimeMs;
  });
  if (newer === undefined) return undefined;
  return `src/${newer} is newer than what is built: npm run build comes first.`;
}
