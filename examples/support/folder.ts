import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder that the program was given, or a temporary one that goes when the program ends. */
export function workFolder(): string {
  const given = process.argv[2];
  if (given !== undefined) return given;
  const made = mkdtempSync(join(tmpdir(), 'runchart-example-'));
  process.on('exit', () => rmSync(made, { recursive: true, force: true }));
  return made;
}
