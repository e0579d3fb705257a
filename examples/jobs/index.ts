/**
 * Jobs that do real work on a folder, without a network: what `runchart serve --definitions` takes.
 *
 *     npx runchart serve --definitions examples/jobs/index.ts
 */
export { awaitFile } from './await-file.ts';
export { measureFolder } from './measure-folder.ts';
export { purchase } from './purchase.ts';
export { releaseCheck } from './release-check.ts';
export { reviewChange } from './review-change.ts';
