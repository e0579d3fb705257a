/**
 * Stores in the memory of this process: for tests, examples and runs that need not survive.
 * Same contracts, same outcomes as the durable ones.
 * @module
 */
export { memory } from './memory.ts';
