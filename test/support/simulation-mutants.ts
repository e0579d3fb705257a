/** A fault of concurrency that a simulation has to find: texts of `src` that are replaced, each there once. */
export interface SimulationMutant {
  readonly name: string;
  readonly changes: readonly {
    /** Below `src`. */
    readonly file: string;
    readonly text: string;
    readonly replacement: string;
  }[];
}

const mutant = (
  name: string,
  ...changes: readonly (readonly [file: string, text: string, replacement: string])[]
): SimulationMutant => ({
  name,
  changes: changes.map(([file, text, replacement]) => ({ file, text, replacement })),
});

export const SIMULATION_MUTANTS: readonly SimulationMutant[] = [
  mutant('take-over without a new epoch', [
    'actors/decide.ts',
    'const changesHands = endsRun(type) || request.owner !== undefined;',
    'const changesHands = endsRun(type);',
  ]),
  mutant('result of a step told before it is durable', [
    'work/steps.ts',
    "const seq = await record({ type: 'step.completed', ...about, result: result ?? null });",
    "void record({ type: 'step.completed', ...about, result: result ?? null }).catch(() => {}); const seq = 0;",
  ]),
  mutant('live feed published before durable', [
    'actors/run-actor.ts',
    'this.#flight = { requests, events, snapshots, before, owner };',
    'this.#flight = { requests, events, snapshots, before, owner }; this.#host.onStored(this, events);',
  ]),
  mutant('receipt from the copy in memory, though another process was faster', [
    'actors/run-actor.ts',
    "if (outcome.kind === 'stored') this.#stored(flight);",
    "if (outcome.kind === 'stored' || (outcome.kind === 'refused' && outcome.code === 'SEQ_CONFLICT')) this.#stored(flight);",
  ]),
  mutant('idempotency key of a start not checked', [
    'stores/memory/memory-event-store.ts',
    'const first = this.#byKey.get(key);',
    'const first = undefined as Entry | undefined;',
  ]),
  mutant(
    'recovery takes the runs of living owners',
    ['actors/recovery.ts', 'if (await store.isAlive(owner)) continue;', ''],
    [
      'actors/begin-attempt.ts',
      "if (!isOurs && owner !== null && (await store.isAlive(owner))) return 'fenced';",
      '',
    ],
  ),
  mutant('parked without looking at what came meanwhile', [
    'work/attempt.ts',
    'const request = { draft, owner: null, expectedSeq, unlessOver: true };',
    'const request = { draft, owner: null, unlessOver: true };',
  ]),
  mutant('checkpoint of a dead attempt not found', [
    'work/checkpoints.ts',
    'if (found?.superStep === superStep) return restore(found);',
    '',
  ]),
  mutant('outputs not recalled', [
    'work/journaled-outputs.ts',
    'known: (key) => history.outputs.get(key),',
    'known: () => undefined,',
  ]),
  mutant('outputs of a dead attempt given out again under another id', [
    'perform-run.ts',
    'key === undefined ? ids.output() : outputIdOf(runId, snapshot.createdAtMs, key),',
    'key === undefined ? ids.output() : outputIdOf(ids.output(), snapshot.createdAtMs, key),',
  ]),
  mutant('fence not checked for outputs', [
    'stores/memory/memory-output-store.ts',
    'this.#fence(runId, guard?.expectedEpoch);',
    'void guard;',
  ]),
  mutant('key of a child random', [
    'perform-run.ts',
    'const key = `child_${digest(idempotencyKey)}`;',
    'const key = `child_${digest(idempotencyKey, ids.event())}`;',
  ]),
  mutant('cancel does not abort the signal', [
    'actors/driving.ts',
    'controller.abort(overError(now));',
    "if (now.status !== 'cancelled') controller.abort(overError(now));",
  ]),
  mutant('remembered results given before others were asked for', [
    'work/journal.ts',
    'return missing === undefined || missing.startedAt >= next.endedAt;',
    'return true;',
  ]),
  mutant('a new step may begin before the log was asked for', [
    'work/journal.ts',
    'return missing === undefined || (startedAt !== Infinity && missing.endedAt > startedAt);',
    'return true;',
  ]),
  mutant('a store that fails for a moment fails the parent of a child', [
    'work/children.ts',
    'durably(() => child.result({ signal }))',
    'child.result({ signal })',
  ]),
  mutant('a remembered output read after its turn', [
    'work/journaled-outputs.ts',
    "await recall(key);\n      if (!isInStep) await journal.take('output', outputEntryId(key));",
    "if (!isInStep) await journal.take('output', outputEntryId(key));\n      await recall(key);",
  ]),
];
