import type { RunStatus } from '../../index.ts';
import { isTerminal } from '../../machines/index.ts';
import type { Sink } from '../terminal/sink.ts';
import { paintStatus } from '../terminal/status-style.ts';
import { widthOf } from '../terminal/text.ts';
import { duration } from '../terminal/time.ts';
import type { PathMark } from './run-story.ts';

const SEPARATOR = ' › ';

/** The statuses that a run went through, and how long it was in each, on as many lines as they take. */
export function pathLines(
  path: readonly PathMark[],
  {
    width,
    nowMs,
    style,
  }: { readonly width: number; readonly nowMs: number; readonly style: Sink['style'] },
): string[] {
  const lines: { text: string; columns: number }[] = [];
  path.forEach(({ status, atMs }, i) => {
    const untilMs = path[i + 1]?.atMs ?? (i === path.length - 1 ? nowMs : null);
    const time =
      isTerminal(status) || atMs === null || untilMs === null ? '' : ` ${duration(untilMs - atMs)}`;
    const columns = widthOf(`${status}${time}`);
    const word = shownStatus(style, status, i === path.length - 1) + style('dim', time);
    const last = lines.at(-1);
    if (last === undefined || last.columns + SEPARATOR.length + columns > width) {
      lines.push({
        text: last === undefined ? word : style('dim', '› ') + word,
        columns: columns + (last === undefined ? 0 : 2),
      });
    } else {
      last.text += style('dim', SEPARATOR) + word;
      last.columns += SEPARATOR.length + columns;
    }
  });
  return lines.map(({ text }) => text);
}

function shownStatus(style: Sink['style'], status: RunStatus, isLast: boolean): string {
  return isLast ? style('bold', paintStatus({ style }, status, status)) : style('dim', status);
}
