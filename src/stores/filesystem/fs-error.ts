import { RunchartError } from '../../errors.ts';

/** No space left, quota used up, file bigger than the system allows. */
const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** The `code` of an error of the system: ENOENT, EEXIST ... */
export function codeOf(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** Does something with the file system; what it fails with becomes STORE_FULL or STORE_FAILED. */
export async function onDisk<T>(doing: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof RunchartError) throw error;
    const code = FULL.has(codeOf(error)) ? 'STORE_FULL' : 'STORE_FAILED';
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunchartError(code, `${doing} failed: ${reason}.`, { cause: error });
  }
}

/** The answer, or undefined when there is no such file. */
export async function unlessMissing<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
