import { envelopeOf, type Foresight, foresee } from './actors/index.ts';
import { RunchartError } from './errors.ts';
import {
  type LogExplainer,
  logExplainer,
  type LogExplanation,
  parseSnapshot,
  waitsFor,
} from './machines/index.ts';
import type { EventStore, RunRecord } from './stores/index.ts';

/** How a run came to be what it is, and what would become of it. */
export interface Explanation extends LogExplanation {
  readonly runId: string;
  /** What it waits for, one sentence each: any one of these makes it go on. */
  readonly waitsFor: readonly string[];
  /** What each command would come to now. Those that were refused before are in no log. */
  readonly commands: readonly Foresight[];
}

const PAGE_EVENTS = 1000;

/** Reads the log in pages. What is recorded meanwhile is left for the next time. */
export async function explainRun(
  events: EventStore,
  { runId, sessionId, lastSeq }: RunRecord,
): Promise<Explanation> {
  let explainer: LogExplainer | undefined;
  for (let afterSeq = 0; afterSeq < lastSeq;) {
    const limit = Math.min(PAGE_EVENTS, lastSeq - afterSeq);
    const page = await events.read(runId, { afterSeq, limit });
    explainer ??= logExplainer(page.base === null ? undefined : parseSnapshot(page.base));
    for (const stored of page.events) explainer.add(envelopeOf({ runId, sessionId }, stored));
    if (page.nextAfterSeq === afterSeq) break;
    afterSeq = page.nextAfterSeq;
  }
  const explanation = explainer?.explain();
  if (explanation === undefined) {
    throw new RunchartError('STORE_CORRUPT', `The log of run ${runId} is empty; verify the run.`);
  }
  const { snapshot } = explanation;
  return { runId, ...explanation, waitsFor: waitsFor(snapshot), commands: foresee(snapshot) };
}
