import { isDeepStrictEqual } from 'node:util';
import type { BlobStore, StoredEvent } from '../../stores/index.ts';
import { endOf, remembered, type Seen, type SeenRun } from './ledger.ts';
import type { Stage } from './perform.ts';
import { checkEnd, programOf } from './check-end.ts';
import { fileAt, outputsOf } from './program.ts';

const PAGE = 10_000;

/** Looks at every run in the end: once things are well, each has come to what its program says. */
export async function checkRuns(stage: Stage): Promise<void> {
  const { world } = stage;
  for (const run of world.ledger.runs) {
    if (run.isPruned) continue;
    await checkLog(stage, run);
    checkEnd(stage, run);
    checkSteps(stage, run);
    await checkOutputs(stage, run);
    await checkCheckpoints(stage, run);
    await checkChildren(stage, run);
  }
  for (const life of world.lives) {
    for (const { runId, attempt, signal } of life.attempts) {
      const run = world.ledger.find(runId);
      if (!life.isUp || run === undefined || endOf(run) === undefined || signal.aborted) continue;
      world.complain(`[I9] attempt ${attempt} of ${runId} goes on in ${life.name}, and it is over`);
    }
  }
}

/** The store has what it said that it stored, and its fold (I3) is what it says of the run. */
async function checkLog({ world }: Stage, { runId, log }: SeenRun): Promise<void> {
  const { shared, complain, lives } = world;
  const { events } = await shared.events.read(runId, { limit: PAGE });
  const idsOf = (all: readonly Pick<StoredEvent, 'seq' | 'eventId'>[]): string[] =>
    all.map(({ seq, eventId }) => `${seq} ${eventId}`);
  if (!isDeepStrictEqual(idsOf(events), idsOf(log))) complain(`${runId}: the log has changed`);
  const runtime = lives.find(({ isUp }) => isUp)?.runtime;
  if (runtime === undefined) return;
  const verified = { isDone: false };
  const verifying = runtime.verify(runId).then(({ problems }) => {
    for (const problem of problems) complain(`[I3] ${runId}: ${problem}`);
    verified.isDone = true;
  });
  // Its calls of the store are answered by the world, like all others.
  while (!verified.isDone && (await world.step(Infinity)));
  await verifying;
}

const isOwnEnd = (run: SeenRun): boolean => {
  const end = endOf(run);
  return end?.type === 'run.completed' && typeof end.event['result'] === 'object';
};

/** A step ends once, however many attempts there were. */
function checkSteps({ world }: Stage, run: SeenRun): void {
  const { ledger, complain } = world;
  const all = remembered(ledger, run).filter(({ late }) => !late);
  const twice = (type: string, idOf: (seen: Seen) => unknown, known = all): void => {
    const ids = known.filter((seen) => seen.type === type).map((seen) => String(idOf(seen)));
    for (const [i, id] of ids.entries()) {
      if (ids.indexOf(id) !== i) complain(`${run.runId} has ${type} of "${id}" twice`);
    }
  };
  twice('step.completed', ({ event }) => event['stepId']);
  twice('interrupt.requested', ({ event }) => event['interruptId']);
  twice('interrupt.resolved', ({ event }) => event['interruptId']);
  twice('checkpoint.saved', ({ event }) => event['superStep']);
  twice('output.appended', ({ event }) => event['outputId']);
  twice('child.started', ({ event }) => event['stepId']);
  twice('attempt.started', ({ event }) => event['attempt'], run.log);
  const done = new Set<unknown>();
  let superStep = 0;
  for (const { type, event, atMs } of all) {
    if (type === 'step.completed') done.add(event['stepId']);
    if (type === 'step.started' && done.has(event['stepId'])) {
      complain(`${run.runId} begins "${String(event['stepId'])}" again, which is completed`);
    }
    if (type === 'checkpoint.saved') {
      superStep += 1;
      if (event['superStep'] !== superStep) {
        complain(
          `${run.runId} has checkpoint ${String(event['superStep'])} where ${superStep} should be`,
        );
      }
    }
    if (type === 'interrupt.resolved' && event['outcome'] === 'expired') {
      checkExpiry(run, all, event['interruptId'], atMs, complain);
    }
  }
}

/** Everything that is given out is given out once, and told of once. */
async function checkOutputs(stage: Stage, run: SeenRun): Promise<void> {
  const { shared, ledger, complain } = stage.world;
  const { runId } = run;
  const nameOfOutput = async (id: string): Promise<string> => {
    const { event } = await shared.outputs.get(id);
    if (event.type !== 'artifact') return event.type;
    const { content } = event;
    if (content.kind === 'inline') {
      return `${event.name} ${(content.value as { readonly place: string }).place}`;
    }
    const { place, text } = await valueOf(shared.blobs, content.sha256);
    if (text !== fileAt(place))
      complain(`${runId} has another content of "${event.name} ${place}"`);
    return `${event.name} ${place}`;
  };
  const records = await shared.outputs.list({ runId, limit: PAGE });
  const own = await Promise.all(records.map(({ id }) => nameOfOutput(id)));
  for (const [i, name] of own.entries()) {
    if (own.indexOf(name) !== i) complain(`${runId} gave out "${name}" twice`);
  }
  if (!isOwnEnd(run)) return;
  const told = remembered(ledger, run).filter(
    ({ type, late }) => type === 'output.appended' && !late,
  );
  const names = await Promise.all(told.map(({ event }) => nameOfOutput(String(event['outputId']))));
  const expected = outputsOf(programOf(stage, run) ?? []);
  if (!isDeepStrictEqual(names.sort(), [...expected].sort())) {
    complain(`${runId} told of ${names.join(', ')}, not of ${expected.join(', ')}`);
  }
}

/** A question expires when it is time to, unless its machine has left it. */
function checkExpiry(
  { runId }: SeenRun,
  all: readonly Seen[],
  id: unknown,
  atMs: number,
  complain: (what: string) => void,
): void {
  const asked = all.find(
    ({ type, event }) => type === 'interrupt.requested' && event['interruptId'] === id,
  );
  const expiresAtMs = asked?.event['expiresAtMs'] ?? Infinity;
  if (atMs < Number(expiresAtMs)) complain(`${runId} lets "${String(id)}" expire before its time`);
}

interface FileValue {
  readonly place: string;
  readonly text: string;
}

/** A content that is told of is there, whole. */
async function valueOf(blobs: BlobStore, sha256: string): Promise<FileValue> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of await blobs.read(sha256)) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString()) as FileValue;
  } catch (error) {
    return { place: String(error), text: '' };
  }
}

/** A checkpoint is kept once: one that a dead attempt kept and did not log is found again. */
async function checkCheckpoints({ world }: Stage, run: SeenRun): Promise<void> {
  const { runId, definition, forkedFrom } = run;
  const kept = await world.shared.checkpoints.list({ runId, definition: definition ?? '' });
  for (const { superStep, version } of kept) {
    if (version > 1 && superStep !== forkedFrom?.superStep) {
      world.complain(`${runId} keeps checkpoint ${superStep} as version ${version}`);
    }
  }
}

/** A child is started once for each step that asks for one. */
async function checkChildren({ world }: Stage, run: SeenRun): Promise<void> {
  const { runId } = run;
  const { runs } = await world.shared.events.list({ parentRunId: runId, limit: PAGE });
  const steps = new Set(
    run.log
      .filter(({ type, event }) => type === 'step.started' && isChild(event['name']))
      .map(({ event }) => event['stepId']),
  );
  if (runs.length > steps.size) {
    world.complain(`${runId} has ${runs.length} children for ${steps.size} steps`);
  }
}

const isChild = (name: unknown): boolean => typeof name === 'string' && name.startsWith('child ');
