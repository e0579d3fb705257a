import { setTimeout as sleep } from 'node:timers/promises';
import {
  type InterruptInfo,
  isRunchartError,
  type OutputRecord,
  type Run,
  type RunInfo,
  type Runtime,
} from '../../index.ts';
import { createRunStory, type RunStory } from './run-story.ts';

/** How far back in a long log the steps and events are told; the path of the run always is. */
const LOOK_BACK_EVENTS = 20_000;
/** Outputs whose contents are read. */
const LAST_OUTPUTS = 8;
/** What changes who drives the run, or what it waits for. */
const TURNS = /^(attempt|interrupt|run|signal)\./;

/** What is known of a run that is followed. */
export interface Followed {
  /** With who drives it. */
  readonly info: RunInfo;
  readonly story: RunStory;
  /** The open ones. */
  readonly questions: readonly InterruptInfo[];
  /** The last ones, in the order of the log. */
  readonly outputs: readonly OutputRecord[];
}

export interface FeedOptions {
  readonly runtime: Runtime;
  readonly runId: string;
  /** Between two looks at who drives it, in milliseconds. */
  readonly intervalMs: number;
}

interface FeedListener {
  change(): void;
  /** The run is over, and everything about it is known. */
  end(): void;
  error(error: unknown): void;
  /** Aborted: nothing is told any more. */
  readonly over: AbortSignal;
}

/** Follows a run until it is over. Answers what is known so far: undefined before the first look. */
export function followFeed(options: FeedOptions, on: FeedListener): () => Followed | undefined {
  const { runtime, runId, intervalMs } = options;
  let story: RunStory | undefined;
  let info: RunInfo | undefined;
  let questions: readonly InterruptInfo[] = [];
  const outputs = createLastOutputs();
  let isLooking = false;

  const look = async (run: Run): Promise<void> => {
    info = await runtime.info(runId);
    const isAsking = (info.snapshot.waiting?.interrupts.length ?? 0) > 0;
    questions = isAsking ? await run.interrupts.list() : [];
    await outputs.read(run, story?.lastOutputs ?? []);
    on.change();
  };
  const failed = (error: unknown): void => {
    if (!on.over.aborted) on.error(error);
  };
  const lookSoon = (run: Run): void => {
    // Many events of one moment are looked at once.
    if (isLooking) return;
    isLooking = true;
    sleep(LOOK_MS)
      .then(() => {
        isLooking = false;
        return on.over.aborted ? undefined : look(run);
      })
      .catch(failed);
  };
  const poll = async (run: Run): Promise<void> => {
    while (!on.over.aborted) {
      await sleep(intervalMs, undefined, { signal: on.over });
      await look(run);
    }
  };
  const follow = async (): Promise<void> => {
    const run = await runtime.get(runId);
    await look(run);
    const { eventCount = 0 } = info?.snapshot ?? {};
    const afterSeq = Math.max(0, eventCount - LOOK_BACK_EVENTS);
    poll(run).catch(failed);
    for await (const envelope of run.events({ afterSeq, live: true, signal: on.over })) {
      // A log whose head is not read here, or was cut, is explained by whoever has it.
      story ??= createRunStory(envelope.seq === 1 ? undefined : await runtime.explain(runId));
      story.add(envelope);
      if (TURNS.test(envelope.event.type) || envelope.event.type === 'output.appended') {
        lookSoon(run);
      }
      on.change();
    }
    if (on.over.aborted) return;
    await look(run);
    on.end();
  };
  follow().catch(failed);
  return () => {
    if (info === undefined) return undefined;
    return { info, story: story ?? createRunStory(), questions, outputs: outputs.all() };
  };
}

/** Events come in bursts: after the first of one it takes so many milliseconds to look. */
const LOOK_MS = 60;

interface LastOutputs {
  read(run: Run, ids: readonly string[]): Promise<void>;
  all(): readonly OutputRecord[];
}

/** Each record is read once, and kept as long as it is among the last. */
function createLastOutputs(): LastOutputs {
  let records = new Map<string, OutputRecord>();
  return {
    read: async (run, ids) => {
      const wanted = ids.slice(-LAST_OUTPUTS);
      const found = await Promise.all(
        wanted.map(async (id) => records.get(id) ?? (await outputOf(run, id))),
      );
      records = new Map(found.flatMap((one) => (one === undefined ? [] : [[one.id, one]])));
    },
    all: () => [...records.values()],
  };
}

async function outputOf(run: Run, id: string): Promise<OutputRecord | undefined> {
  try {
    return await run.outputs.get(id);
  } catch (error) {
    // It is told of in the log and was deleted since, or never stored.
    if (isRunchartError(error, 'OUTPUT_NOT_FOUND')) return undefined;
    throw error;
  }
}
