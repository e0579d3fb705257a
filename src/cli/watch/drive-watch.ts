import type { Runtime } from '../../index.ts';
import { EXIT } from '../cli-error.ts';
import { runView } from '../terminal/run-view.ts';
import type { Keys } from '../terminal/keys.ts';
import type { Sink } from '../terminal/sink.ts';
import type { RunFilter } from './run-list.ts';
import { watchLines } from './watch-lines.ts';
import { watchView } from './watch-view.ts';

export interface WatchOptions {
  readonly runtime: Runtime;
  readonly filter: RunFilter;
  /** Between two looks at who is alive, in milliseconds: that nobody drives a run any more is told by no event. */
  readonly intervalMs: number;
  readonly stdout: Sink;
  readonly keys: Keys | undefined;
  readonly interrupted: AbortSignal;
  readonly isJson: boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** How this command line is called again, with the same store. */
  readonly commandLine: (...words: string[]) => string;
}

/** Watches runs until somebody ends that, on a whole terminal or in lines. Answers the exit code. */
export async function driveWatch(
  options: WatchOptions & { readonly isScreen: boolean },
): Promise<number> {
  if (options.isScreen) return runView(options, (stage) => watchView(options, stage));
  await watchLines(options);
  return options.interrupted.aborted ? EXIT.cancelled : EXIT.ok;
}
