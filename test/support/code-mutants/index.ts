import { ACTORS_MUTANTS } from './actors-mutants.ts';
import type { CodeMutant } from './code-mutant.ts';
import { KEEPING_MUTANTS } from './keeping-mutants.ts';
import { MENDED_MUTANTS } from './mended-mutants.ts';
import { PROOF_MUTANTS } from './proof-mutants.ts';
import { RULES_MUTANTS } from './rules-mutants.ts';
import { SHARED_MUTANTS } from './shared-mutants.ts';
import { STORES_MUTANTS } from './stores-mutants.ts';
import { WORK_MUTANTS } from './work-mutants.ts';

export type { CodeMutant } from './code-mutant.ts';

/** Faults in the source, one at a time, each of which the tests have to notice. */
export const CODE_MUTANTS: readonly CodeMutant[] = [
  ...RULES_MUTANTS,
  ...ACTORS_MUTANTS,
  ...WORK_MUTANTS,
  ...STORES_MUTANTS,
  ...PROOF_MUTANTS,
  ...KEEPING_MUTANTS,
  ...MENDED_MUTANTS,
  ...SHARED_MUTANTS,
];
