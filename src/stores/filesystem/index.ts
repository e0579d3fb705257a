/**
 * Contents of outputs as files.
 * @module
 */
export { filesystemBlobs } from './blobs.ts';
