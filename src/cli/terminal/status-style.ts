import type { RunStatus } from '../../index.ts';
import type { Sink } from './sink.ts';

const COLOURS = {
  created: 'gray',
  planning: 'cyan',
  executing: 'cyan',
  verifying: 'blue',
  completed: 'green',
  failed: 'red',
  cancelled: 'yellow',
} as const satisfies Record<RunStatus, string>;

/** A text in the colour of a status; one in need of attention stands out. */
export function paintStatus(
  sink: Pick<Sink, 'style'>,
  status: RunStatus,
  text: string,
  attention = false,
): string {
  return sink.style(attention ? 'magenta' : COLOURS[status], text);
}
