import type { Runtime } from '../../../src/index.ts';
import { ACTIVE_STATUSES } from '../../../src/machines/index.ts';
import type { Part } from './part.ts';

const PAGE = 200;
/** Every so often somebody cancels a run that nobody owns, if there is one. */
const UNOWNED = 0.3;

/** Cancels one of the active runs, whoever drives it. */
export async function cancelSomething(
  runtime: Runtime,
  { paper, random }: Pick<Part, 'paper' | 'random'>,
): Promise<void> {
  const { runs } = await runtime.list({ status: ACTIVE_STATUSES, limit: PAGE, order: 'oldest' });
  const unowned = runs.filter(({ owner }) => owner === null);
  const from = random() < UNOWNED && unowned.length > 0 ? unowned : runs;
  const chosen = from[Math.floor(random() * from.length)];
  if (chosen === undefined) return;
  const { runId } = chosen.snapshot;
  const run = await runtime.get(runId);
  paper.note('cancel', { runId, isOwned: chosen.owner !== null });
  const { outcome, seq } = await run.cancel({ reason: 'chaos' });
  paper.note('cancelled', { runId, outcome, seq });
}
