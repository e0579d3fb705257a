import { type Ended, runInProcess } from './in-process.ts';

/** The command line within this process and its folder, with nothing around it but what is given. */
export function runHere(
  env: Readonly<Record<string, string>>,
  ...argv: readonly string[]
): Promise<Ended> {
  return runInProcess(argv, { cwd: process.cwd(), env });
}
