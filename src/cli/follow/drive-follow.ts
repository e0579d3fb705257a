import type { Run, RunInfo, RunStatus } from '../../index.ts';
import { isTerminal } from '../../machines/index.ts';
import { EXIT } from '../cli-error.ts';
import { detailsOf } from '../run-details.ts';
import { runPage } from '../run-page.ts';
import type { Keys } from '../terminal/keys.ts';
import { runView } from '../terminal/run-view.ts';
import type { Sink } from '../terminal/sink.ts';
import { timeOfDay } from '../terminal/time.ts';
import type { FeedOptions } from './follow-feed.ts';
import { followView } from './follow-view.ts';
import { storyLines } from './story-line.ts';

export interface FollowOptions extends Omit<FeedOptions, 'runId'> {
  readonly run: Run;
  readonly stdout: Sink;
  readonly keys: Keys | undefined;
  readonly interrupted: AbortSignal;
  readonly isJson: boolean;
  readonly isScreen: boolean;
  readonly now: () => number;
  readonly commandLine: (...words: string[]) => string;
}

/** The exit code that says how a run ended. */
const EXIT_OF: Readonly<Record<RunStatus, number>> = {
  created: EXIT.ok,
  planning: EXIT.ok,
  executing: EXIT.ok,
  verifying: EXIT.ok,
  completed: EXIT.ok,
  failed: EXIT.failed,
  cancelled: EXIT.cancelled,
};

/**
 * Shows a run until it is over, on a whole terminal or in lines. Answers the exit code of its status, or
 * that of a signal. On a terminal its page stays when the live one is gone.
 */
export async function driveFollow(options: FollowOptions): Promise<number> {
  const { runtime, run, stdout, interrupted, commandLine, isScreen } = options;
  if (isScreen && !isTerminal(await run.status())) {
    const keysText = (): string => 'q quit, and leave the run alone';
    const view = { ...options, runId: run.id, keysText };
    const code = await runView(options, (stage) => followView(view, stage));
    if (code !== EXIT.ok) return code;
  }
  if (!isScreen) await followLines(options);
  if (interrupted.aborted) return EXIT.cancelled;
  const info: RunInfo = await runtime.info(run.id);
  if (isScreen && !stdout.closed.aborted) {
    const page = await runPage(run, await detailsOf(runtime, run, info), stdout, commandLine);
    await stdout.write(`${page.join('\n')}\n`);
  }
  return EXIT_OF[info.snapshot.status];
}

async function followLines({
  run,
  stdout,
  interrupted,
  isJson,
  commandLine,
}: FollowOptions): Promise<void> {
  const signal = AbortSignal.any([interrupted, stdout.closed]);
  for await (const envelope of run.events({ live: true, signal })) {
    const lines = isJson
      ? [JSON.stringify(envelope)]
      : storyLines(envelope, commandLine).map(
          (line) => `${timeOfDay(envelope.emittedAtMs)}  ${line}`,
        );
    for (const line of lines) await stdout.write(`${line}\n`);
  }
}
