/**
 * The proof of what is stored: folds logs again, and looks whether everything that they tell of is there.
 * Reads the stores, and writes nothing.
 * @module
 */
export type { ChainReport } from './check-chain.ts';
export { verifyAll } from './verify-all.ts';
export { type Verification, verifyRun, type VerifyOptions } from './verify-run.ts';
