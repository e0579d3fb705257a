/**
 * Moves what is stored from one place to another, whatever engines they are, and proves it. It reads and writes
 * through the contracts of stores alone.
 * @module
 */
export { copyStores } from './copy-stores.ts';
export type { CopyOptions, CopyReport, CopyStep, LeftOutRun } from './copy-report.ts';
