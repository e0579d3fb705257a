import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRuntime, type RunEvent } from 'runchart';
import { sqlite } from 'runchart/sqlite';

/** Events on their way at once: as many as an agent tells in the time that one commit stands for. */
const BATCH = 25;
const BATCH_MS = 700;
/** Pieces of text in one turn. */
const DELTAS = 36;
const TOOLS = ['read_file', 'search', 'edit_file', 'run_tests'];

export interface BigRun {
  readonly database: string;
  readonly runId: string;
  /** How many there are in the end, those of its beginning counted too. */
  readonly events: number;
  readonly repository: string;
}

/**
 * Records a run with so many events, as an agent that answers piece by piece and uses tools would; they have 50 to
 * 2,000 bytes. The words are those of the repository's own documents. It took until now, by a clock of its own, stays
 * active, and has no owner that lives: `claim` takes it.
 */
export async function recordBigRun({ database, runId, events, repository }: BigRun): Promise<void> {
  let nowMs = Date.now() - Math.ceil(events / BATCH) * BATCH_MS;
  await using runtime = await createRuntime({
    stores: sqlite(database),
    clock: () => nowMs,
    limits: { eventsPerRun: Number.MAX_SAFE_INTEGER },
  });
  const run = await runtime.open({
    runId,
    sessionId: 'agents',
    definition: 'agent',
    prompt: 'A long talk about how runs behave, piece by piece',
  });
  await run.record({ type: 'run.started' });
  const source = turnsOf(readFileSync(join(repository, 'docs/semantics.md'), 'utf8'));
  // The last one is who takes it over.
  let left = events - 1 - (await run.snapshot()).eventCount;
  while (left > 0) {
    const batch = Array.from({ length: Math.min(BATCH, left) }, () => source.next().value);
    left -= batch.length;
    nowMs += BATCH_MS;
    await Promise.all(batch.map((event) => run.record(event)));
  }
}

/** What an agent would tell, turn by turn, without an end; the same for the same text. */
function* turnsOf(text: string): Generator<RunEvent, never, void> {
  let at = 0;
  const cut = (length: number): string => {
    const from = at;
    at = (at + length) % Math.max(1, text.length - 2_000);
    return text.slice(from, from + length);
  };
  for (let turn = 1; ; turn += 1) {
    const tool = TOOLS[turn % TOOLS.length] ?? 'search';
    const about = { stepId: `${tool}/${turn}`, name: tool };
    yield { type: 'turn.started', turn };
    for (let i = 0; i < DELTAS; i += 1) {
      yield { type: 'text.delta', delta: cut(10 + ((turn * 7 + i * 13) % 140)), turn };
    }
    yield { type: 'step.started', ...about };
    yield { type: 'tool.started', tool, args: { query: cut(30), limit: turn % 50 } };
    // One tool in forty finds nothing, and is tried again.
    if (turn % 40 === 0) yield { type: 'tool.failed', tool, error: 'nothing was found' };
    yield { type: 'tool.completed', tool, output: cut(500 + ((turn * 97) % 1_400)) };
    yield { type: 'step.completed', ...about, result: { bytes: (turn * 97) % 1_400 } };
    yield {
      type: 'log',
      level: turn % 9 === 0 ? 'warn' : 'debug',
      message: `turn ${turn} is over`,
    };
    yield { type: 'turn.completed', turn };
  }
}
