import type { RunInfo } from '../../index.ts';
import { isTerminal } from '../../machines/index.ts';
import type { Sink } from '../terminal/sink.ts';
import { paintStatus } from '../terminal/status-style.ts';
import type { Column } from '../terminal/table.ts';
import { cutTo, oneLine } from '../terminal/text.ts';
import { age } from '../terminal/time.ts';
import { needOf } from './need-of.ts';

/** What the cells are made of. */
export interface ColumnPicture {
  readonly runs: readonly RunInfo[];
  readonly lastTypeOf: (runId: string) => string | undefined;
  readonly nowMs: number;
  readonly style: Sink['style'];
}

/** Below it what a run waits for stands before its prompt, in one column. */
const NARROW = 60;

/** The columns of a watch that is so wide. */
export function watchColumns(picture: ColumnPicture, width: number): readonly Column<RunInfo>[] {
  const { nowMs, style, lastTypeOf, runs } = picture;
  const idText = idTextOf(runs, Math.max(10, Math.floor(width / 4)));
  const isNarrow = width < NARROW;
  const wide = (share: number) => (text: string) =>
    cutTo(oneLine(text), Math.max(6, Math.floor(width / share)));
  const [session, need, type] = [wide(8), wide(4), wide(6)];
  return [
    { title: 'RUN', cell: ({ snapshot }) => idText(snapshot.runId) },
    {
      title: 'STATUS',
      cell: ({ snapshot }) => snapshot.status,
      paint: (text, info) => {
        const isUrgent = needOf(info, nowMs).section === 'needs attention';
        return paintStatus({ style }, info.snapshot.status, text, isUrgent);
      },
    },
    ...(isNarrow
      ? []
      : [
          {
            title: 'WAITS FOR',
            cell: (info: RunInfo) => need(needOf(info, nowMs).text),
            dropOrder: 1,
          },
        ]),
    right('AGE', (info) => age(nowMs - bornOf(info)), 2),
    {
      title: 'LAST EVENT',
      cell: ({ snapshot }) => type(lastTypeOf(snapshot.runId) ?? ''),
      dropOrder: 4,
    },
    right('EVENTS', ({ snapshot }) => String(snapshot.eventCount), 3),
    right('TRY', ({ snapshot }) => String(snapshot.attempt), 6),
    {
      title: 'SESSION',
      cell: ({ snapshot: { sessionId, runId } }) =>
        sessionId === runId ? '-' : session(sessionId),
      dropOrder: 5,
    },
    {
      title: isNarrow ? 'WHAT' : 'PROMPT',
      cell: (info) => {
        const about = info.snapshot.prompt || (info.snapshot.definition ?? '');
        const first = isNarrow ? needOf(info, nowMs).text : '';
        return first === '' ? about : `${first} · ${about}`;
      },
    },
  ];
}

function right(title: string, cell: (info: RunInfo) => string, dropOrder: number): Column<RunInfo> {
  return { title, cell, alignRight: true, dropOrder };
}

/** Of an active run since it began, of another since it ended. */
function bornOf({ snapshot: { status, createdAtMs, updatedAtMs } }: RunInfo): number {
  return isTerminal(status) ? updatedAtMs : createdAtMs;
}

/** As much of an id as the runs need to be told apart, which is a name for it; less where there is no room. */
function idTextOf(runs: readonly RunInfo[], room: number): (runId: string) => string {
  const ids = runs.map(({ snapshot }) => snapshot.runId);
  const longest = Math.max(0, ...ids.map((id) => id.length));
  let length = 12;
  while (length < longest && new Set(ids.map((id) => id.slice(0, length))).size < ids.length) {
    length += 1;
  }
  // RUN may be given without it.
  const skip = length > room ? /^run_/ : /^$/;
  return (runId) => cutTo(oneLine(runId.slice(0, length)).replace(skip, ''), room);
}
