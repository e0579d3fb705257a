import { expect, test } from 'vitest';
import type { z } from 'zod';
import type {
  Checkpoint,
  CheckpointMeta,
  DefinitionInfo,
  Envelope,
  Explanation,
  ForkCheck,
  InterruptInfo,
  Json,
  LaidOutChart,
  OutputRecord,
  PruneReport,
  Receipt,
  RunCounts,
  RunInfo,
  RunList,
  RunSnapshot,
  RuntimeReport,
  RuntimeStats,
  Verification,
} from '../../src/index.ts';
import * as answers from '../../src/server/schemas/answers.ts';
import { runtimeStats } from '../../src/server/schemas/stats.ts';
import { laidOutChart } from '../../src/server/schemas/charts.ts';

/** `Json` and `unknown` are the same in an answer, and a list that must not be changed is one that is read. */
type Loose<T> = [Json] extends [T]
  ? 'any json'
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends readonly unknown[]
      ? { readonly [K in keyof T]: Loose<T[K]> }
      : T extends object
        ? { readonly [K in keyof T]: Loose<T[K]> }
        : T;

/** Never for two types of which one does not take the place of the other. */
type Alike<A, B> = [Loose<A>] extends [Loose<B>]
  ? [Loose<B>] extends [Loose<A>]
    ? true
    : 'the library has members or values that the schema has not'
  : 'the schema has members or values that the library has not';

/** A schema that answers what the library has. The compiler looks, at nothing else. */
function alike<Of>() {
  return <S extends z.ZodType>(schema: S, _isAlike: Alike<z.output<S>, Of>): S => schema;
}

test('the schemas of the answers and the types of the library are the same', () => {
  const schemas = [
    alike<RunSnapshot>()(answers.snapshot, true),
    alike<RunInfo>()(answers.runInfo, true),
    alike<RunList>()(answers.runList, true),
    alike<RunCounts>()(answers.runCounts, true),
    alike<Receipt>()(answers.receipt, true),
    alike<CheckpointMeta>()(answers.checkpointMeta, true),
    alike<Checkpoint>()(answers.checkpoint, true),
    alike<InterruptInfo>()(answers.interrupt, true),
    alike<Verification>()(answers.verification, true),
    alike<Explanation>()(answers.explanation, true),
    alike<PruneReport>()(answers.pruneReport, true),
    alike<RuntimeReport>()(answers.runtimeReport, true),
    alike<DefinitionInfo>()(answers.definitionInfo, true),
    alike<ForkCheck>()(answers.forkCheck, true),
    alike<RuntimeStats>()(runtimeStats, true),
    alike<Envelope>()(answers.envelope, true),
    alike<OutputRecord>()(answers.outputRecord, true),
    alike<LaidOutChart>()(laidOutChart, true),
  ];
  expect(schemas.length).toBe(18);
  // @ts-expect-error -- what is not alike is not taken
  alike<Receipt>()(answers.envelope, true);
});
