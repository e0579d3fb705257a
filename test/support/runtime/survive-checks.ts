/** Looks at what the survive loop has left, and says whatever is not as it has to be. */
import { isDeepStrictEqual } from 'node:util';
import type { Envelope, Run, Runtime } from '../../../src/index.ts';
import { EXPECTED } from './survivor.ts';

export interface SurviveFigures {
  readonly runs: number;
  readonly events: number;
  readonly attempts: number;
  /** Attempts of one run, at most. */
  readonly mostAttempts: number;
  readonly steps: number;
  /** Works that were done again because a kill came between the work and its record. */
  readonly rerunWorks: number;
  readonly outputs: number;
  readonly checkpoints: number;
  readonly interrupts: number;
  readonly children: number;
  readonly violations: readonly string[];
}

/** Attempts whose work of a step was done to its end, by run, then step. */
type Works = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

export async function checkSurvivors(runtime: Runtime, paper: string): Promise<SurviveFigures> {
  const works = readWorks(paper);
  const violations: string[] = [];
  const figures = {
    runs: 0,
    events: 0,
    attempts: 0,
    mostAttempts: 0,
    steps: 0,
    rerunWorks: 0,
    outputs: 0,
    checkpoints: 0,
    interrupts: 0,
    children: 0,
  };
  const runIds = await allRuns(runtime);
  for (const runId of runIds) {
    const { definition, parentRunId } = await (await runtime.get(runId)).snapshot();
    const complain = (what: string): void =>
      void violations.push(`${definition} ${runId}: ${what}`);
    const same = (what: string, found: unknown, expected: unknown): void => {
      if (isDeepStrictEqual(found, expected)) return;
      complain(`${what}: ${difference(found, expected)}`);
    };
    const run = await runtime.get(runId);
    const log: Envelope[] = [];
    for await (const envelope of run.events({ live: false })) log.push(envelope);
    const isChild = parentRunId !== null;
    const steps = stepsOf(log);

    same('status', await run.status(), 'completed');
    const { problems } = await runtime.verify(runId);
    for (const problem of problems) complain(problem);
    same('result', await run.result().catch(String), isChild ? 41 : EXPECTED.result);
    const own = isChild ? [] : EXPECTED.own;
    const worked = isChild ? EXPECTED.ofChild : EXPECTED.worked;
    same('completed steps', sorted(steps.map(({ id }) => id)), sorted([...worked, ...own]));
    same(
      'late events',
      log.filter(({ late }) => late).map(({ event }) => event.type),
      [],
    );
    figures.rerunWorks += checkWorks(steps, works.get(runId) ?? new Map(), worked, complain);
    if (!isChild) await checkParent(runtime, run, log, same, figures);
    else figures.children += 1;

    const attempts = typeCount(log, 'attempt.started');
    figures.runs += isChild ? 0 : 1;
    figures.events += log.length;
    figures.attempts += attempts;
    figures.mostAttempts = Math.max(figures.mostAttempts, attempts);
    figures.steps += steps.length;
  }
  const known = new Set(runIds);
  for (const runId of works.keys()) {
    if (!known.has(runId)) violations.push(`${runId}: work was done for a run that is not there`);
  }
  return { ...figures, violations };
}

interface Completed {
  readonly id: string;
  /** The attempt that recorded it. */
  readonly attempt: number;
}

function stepsOf(log: readonly Envelope[]): readonly Completed[] {
  let attempt = 0;
  return log.flatMap(({ event }) => {
    if (event.type === 'attempt.started') attempt = Number(event['attempt']);
    return event.type === 'step.completed' ? [{ id: String(event['stepId']), attempt }] : [];
  });
}

/**
 * Work is done again only until its end is recorded: the attempt that recorded it is the last that did
 * it, and none did it twice. Answers how often work was done again.
 */
function checkWorks(
  steps: readonly Completed[],
  done: ReadonlyMap<string, readonly number[]>,
  worked: readonly string[],
  complain: (what: string) => void,
): number {
  let again = 0;
  const recorded = new Map(steps.map(({ id, attempt }) => [id, attempt]));
  for (const id of worked) {
    const attempts = done.get(id) ?? [];
    const by = recorded.get(id);
    if (attempts.at(-1) !== by || new Set(attempts).size !== attempts.length) {
      complain(`the work of "${id}" was done in attempts ${attempts.join()}, recorded in ${by}`);
    }
    again += Math.max(0, attempts.length - 1);
  }
  const strangers = [...done.keys()].filter((id) => !worked.includes(id));
  if (strangers.length > 0) complain(`work of steps that nobody knows: ${strangers.join()}`);
  return again;
}

async function checkParent(
  runtime: Runtime,
  run: Run,
  log: readonly Envelope[],
  same: (what: string, found: unknown, expected: unknown) => void,
  figures: { outputs: number; checkpoints: number; interrupts: number },
): Promise<void> {
  const records = await run.outputs.list();
  const given: string[] = [];
  let finals = 0;
  for (const record of records) {
    const { event } = record;
    if (event.type === 'final') finals += 1;
    else {
      const name = event.type === 'artifact' ? event.name : event.type;
      given.push(`${name} ${JSON.stringify(await run.outputs.value(record))}`);
    }
  }
  same('outputs', sorted(given), sorted(EXPECTED.outputs));
  same('finals', finals, 1);
  const told = log.filter(({ event }) => event.type === 'output.appended');
  const ids = (values: readonly unknown[]): string[] => sorted(values.map(String));
  same('told outputs', ids(told.map((e) => e.event['outputId'])), ids(records.map(({ id }) => id)));
  same('keys of outputs', new Set(told.map(({ event }) => event['key'])).size, told.length);

  const kept = await run.checkpoints.list();
  const named = kept.map(({ superStep, version, label }) => `${superStep}.${version} ${label}`);
  same('checkpoints', named, EXPECTED.checkpoints);
  same('logged checkpoints', typeCount(log, 'checkpoint.saved'), EXPECTED.checkpoints.length);
  const { done, last } = EXPECTED.result;
  same('last checkpoint', (await run.checkpoints.latest())?.values, { done, last });

  same('questions', typeCount(log, 'interrupt.requested'), 1);
  same('answers', typeCount(log, 'interrupt.resolved'), 1);
  same('children told of', typeCount(log, 'child.started'), 1);
  const { runs: children } = await runtime.list({ parentRunId: run.id });
  const statuses = children.map(({ snapshot }) => snapshot.status);
  same('children', statuses, ['completed']);
  figures.outputs += records.length;
  figures.checkpoints += kept.length;
  figures.interrupts += 1;
}

/** What stands behind the last line break was cut off by the kill. */
function readWorks(paper: string): Works {
  const works = new Map<string, Map<string, number[]>>();
  for (const line of paper.split('\n').slice(0, -1)) {
    const [step = '', attempt] = line.split('|');
    const at = step.indexOf('/');
    const runId = step.slice(0, at);
    const ofRun = works.get(runId) ?? new Map<string, number[]>();
    works.set(runId, ofRun);
    const id = step.slice(at + 1);
    ofRun.set(id, [...(ofRun.get(id) ?? []), Number(attempt)]);
  }
  return works;
}

async function allRuns(runtime: Runtime): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await runtime.list({ limit: 1_000, ...(cursor && { cursor }) });
    ids.push(...page.runs.map(({ snapshot }) => snapshot.runId));
    cursor = page.nextCursor;
  }
  return ids;
}

const sorted = (texts: readonly string[]): string[] => [...texts].sort();

function typeCount(log: readonly Envelope[], type: string): number {
  return log.filter(({ event }) => event.type === type).length;
}

function difference(found: unknown, expected: unknown): string {
  if (!Array.isArray(found) || !Array.isArray(expected)) {
    return `found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`;
  }
  const rest = [...(found as unknown[])];
  const missing = (expected as unknown[]).filter((one) => {
    const at = rest.findIndex((other) => isDeepStrictEqual(one, other));
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return `too much ${JSON.stringify(rest)}, missing ${JSON.stringify(missing)}`;
}
