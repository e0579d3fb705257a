import { EXIT } from '../cli-error.ts';
import type { Sink } from '../terminal/sink.ts';
import type { Stage, View } from '../terminal/run-view.ts';
import { type FeedOptions, followFeed } from './follow-feed.ts';
import { followFrame } from './follow-frame.ts';

export interface FollowViewOptions extends FeedOptions {
  readonly stdout: Pick<Sink, 'style'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly commandLine: (...words: string[]) => string;
  /** What the keys do, for the last line. */
  readonly keysText: () => string;
}

/** The page of a run on a terminal, up to date. It ends with the run. */
export function followView(options: FollowViewOptions, stage: Stage): View {
  const { now, stdout, commandLine, keysText } = options;
  const followed = followFeed(options, {
    change: stage.redraw,
    end: () => stage.end(EXIT.ok),
    error: stage.fail,
    over: stage.over,
  });
  return {
    frame: (size) => {
      const known = followed();
      if (known === undefined) return [];
      return followFrame(
        { ...known, nowMs: now(), style: stdout.style, commandLine, keysText: keysText() },
        size,
      );
    },
    key: (key) => {
      if (key === 'q' || key === 'escape') stage.end(EXIT.ok);
    },
  };
}
