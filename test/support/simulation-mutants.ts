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
    'this.#fence(record.runId, guard?.expectedEpoch);',
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
  mutant('the result of a child is not durable before it is given', [
    'work/steps.ts',
    "const seq = await record({ type: 'step.completed', ...about, result: result ?? null });",
    "const recorded = record({ type: 'step.completed', ...about, result: result ?? null }); recorded.catch(() => {}); const seq = name.startsWith('child ') ? 0 : await recorded;",
  ]),
  mutant('an attempt goes on after its deadline', [
    'work/attempt.ts',
    'deadlineAtMs === null\n        ? () => {}',
    'deadlineAtMs !== undefined\n        ? () => {}',
  ]),
  mutant('a parked run is not woken for its deadline', [
    'work/attempt.ts',
    'const wake = earlier(wakeAtMs, this.#run.snapshot.deadlineAtMs);',
    'const wake = earlier(wakeAtMs, null);',
  ]),
  mutant('a plan is told before it is durable', [
    'work/phases.ts',
    "await record({ type: 'planning.completed', plan });",
    "void record({ type: 'planning.completed', plan }).catch(() => {});",
  ]),
  mutant('the steps of a plan that was made are asked for again', [
    'work/phases.ts',
    'journal.skipTo(history.plan.at);',
    '',
  ]),
  mutant('a run is completed whatever its check says', [
    'work/phases.ts',
    "if (summary === 'passed' || summary === 'skipped') return;",
    'if (summary !== undefined) return;',
  ]),
  mutant('a checkpoint of a machine that a dead attempt kept is not logged', [
    'work/machine/keeper.ts',
    'if (logged?.superStep !== superStep) await say(last.ref, label);',
    '',
  ]),
  mutant('an answer is taken after the question has expired', [
    'run-interrupts.ts',
    'if (info.expiresAtMs !== null && info.expiresAtMs <= clock()) {',
    'if (info.expiresAtMs !== null && info.expiresAtMs < 0) {',
  ]),
  mutant('the record of a file is stored whether its content is or not', [
    'work/output-contents.ts',
    'const ref = await blobs.put(oneChunk(json), { maxBytes: outputBytes });',
    "void blobs.put(oneChunk(json), { maxBytes: outputBytes }).catch(() => {}); const ref = { size, sha256: process.getBuiltinModule('node:crypto').createHash('sha256').update(json).digest('hex') };",
  ]),
];
