import type { Envelope, OutputRecord } from '../../index.ts';
import { isTerminal } from '../../machines/index.ts';
import { answerCommands } from '../answer-commands.ts';
import { isLeftBehind } from '../run-standing.ts';
import { fitSections, type PageSection } from '../terminal/fit-sections.ts';
import type { Size } from '../terminal/full-screen.ts';
import type { Sink } from '../terminal/sink.ts';
import { paintStatus } from '../terminal/status-style.ts';
import { counted, cutTo, oneLine, padTo, widthOf } from '../terminal/text.ts';
import { duration, stopwatch } from '../terminal/time.ts';
import { needOf } from '../watch/need-of.ts';
import { partialText } from '../partial-text.ts';
import type { Followed } from './follow-feed.ts';
import { pathLines } from './path-lines.ts';
import { waterfallLines, waterfallTitle } from './waterfall.ts';

export interface FollowPicture extends Followed {
  readonly nowMs: number;
  readonly style: Sink['style'];
  readonly commandLine: (...words: string[]) => string;
  /** What the keys do. */
  readonly keysText: string;
}

/** Events that are made to lines: more than most terminals have rows. */
const MAX_LINES = 100;
/** Below it events are told without their numbers. */
const NARROW = 60;
/** Of a line that goes on, in columns. */
const INDENT = 4;

/** The page of a run as one frame. */
export function followFrame(picture: FollowPicture, { columns, rows }: Size): string[] {
  const { style, keysText } = picture;
  const width = Math.max(1, columns - 1);
  const foot = style('dim', cutTo(oneLine(keysText), width));
  const body = fitSections(sectionsOf(picture, width), Math.max(1, rows - 1));
  const blank = Array.from({ length: Math.max(0, rows - 1 - body.length) }, () => '');
  return rows < 2 ? body : [...body, ...blank, foot];
}

function sectionsOf(picture: FollowPicture, width: number): PageSection[] {
  const { style, story } = picture;
  const { all, dropped } = story.spans;
  const title = (text: string) => (): string => style('bold', cutTo(text, width));
  const { fromMs, toMs } = scaleOf(picture);
  const waits = waitLines(picture, width);
  const sections: PageSection[] = [
    { lines: [headLine(picture, width)], keep: 'first', weight: 9 },
    { lines: aboutLines(picture, width), keep: 'first', weight: 3 },
    { lines: pathLines(story.path, { width, nowMs: toMs, style }), keep: 'last', weight: 8 },
    { lines: waits, keep: 'first', weight: 7, atOnce: waits.length },
    { lines: endLines(picture, width), keep: 'first', weight: 6 },
    {
      title: (shown: number, of: number) =>
        style('bold', cutTo(waterfallTitle(shown, of + dropped), width)),
      lines: waterfallLines(all.slice(-MAX_LINES), { fromMs, toMs, width, style }),
      keep: 'last',
      weight: 5,
    },
    {
      title: title('last outputs'),
      lines: picture.outputs.map((record) => outputLine(record, width, style)),
      keep: 'last',
      weight: 2,
    },
    {
      title: title('last events'),
      lines: story.lastEvents.map((envelope) => eventLine(envelope, fromMs, width, style)),
      keep: 'last',
      weight: 4,
    },
  ];
  return sections;
}

/** From the beginning of the run to its end, or to now. */
function scaleOf({ info, story, nowMs }: FollowPicture): { fromMs: number; toMs: number } {
  const { status, createdAtMs, updatedAtMs } = info.snapshot;
  const endMs = isTerminal(status) ? (story.endedAtMs ?? updatedAtMs) : nowMs;
  return { fromMs: createdAtMs, toMs: Math.max(createdAtMs + 1, endMs) };
}

function headLine(picture: FollowPicture, width: number): string {
  const { info, style, nowMs } = picture;
  const { runId, status } = info.snapshot;
  const need = needOf(info, nowMs);
  const standing =
    need.section === 'needs attention' && isLeftBehind(info) ? ', nobody drives it' : '';
  const { fromMs, toMs } = scaleOf(picture);
  const clock = isTerminal(status) ? `after ${duration(toMs - fromMs)}` : stopwatch(toMs - fromMs);
  const word = cutTo(`${status}${standing}`, width);
  const id = cutTo(oneLine(runId), Math.max(0, width - widthOf(word) - clock.length - 4));
  const shown = paintStatus({ style }, status, word, need.section === 'needs attention');
  const line = `${style('bold', id)}  ${shown}`;
  const used = widthOf(id) + 2 + widthOf(word);
  return width - used - 2 < clock.length ? line : `${line}  ${style('dim', clock)}`;
}

function aboutLines({ info, style }: FollowPicture, width: number): string[] {
  const { prompt, definition, version, sessionId, runId, attempt, eventCount } = info.snapshot;
  const words = [
    ...(definition === null ? [] : [version === null ? definition : `${definition} ${version}`]),
    ...(sessionId === runId ? [] : [`session ${sessionId}`]),
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    counted(eventCount, 'event'),
  ];
  const about = style('dim', cutTo(oneLine(words.join(' · ')), width));
  return prompt === '' ? [about] : [cutTo(oneLine(prompt), width), about];
}

function waitLines(picture: FollowPicture, width: number): string[] {
  const { info, questions, nowMs, style, commandLine } = picture;
  const need = needOf(info, nowMs);
  if (need.section === 'ended') return [];
  if (questions.length === 0) {
    return need.text === '' ? [] : [style('magenta', cutTo(oneLine(need.sentence), width))];
  }
  return questions.flatMap((asked) => [
    style('magenta', cutTo(oneLine(`asks: ${asked.question}`), width)),
    // It is there to be copied: it goes over several lines rather than being cut.
    ...answerCommands(asked, commandLine).flatMap((line) => wrapped(`  ${line}`, width)),
  ]);
}

function endLines({ info, style }: FollowPicture, width: number): string[] {
  const { status, result, error, cancelReason } = info.snapshot;
  const line = (label: string, text: string): string[] => [
    cutTo(oneLine(`${label} ${text.slice(0, 4 * width)}`), width),
  ];
  if (status === 'completed') return line('result', JSON.stringify(result));
  if (status === 'cancelled') return line('reason', cancelReason ?? 'none given');
  if (error === null) return [];
  return line('error', `${error.code ?? error.name}: ${error.message}`).map((text) =>
    style('red', text),
  );
}

function outputLine(record: OutputRecord, width: number, style: Sink['style']): string {
  const head = padTo(cutTo(oneLine(record.producer), 8), 8);
  const text = partialText(record) || record.event.type;
  return `  ${style('dim', head)} ${cutTo(oneLine(text.slice(0, 4 * width)), width - 11)}`;
}

function eventLine(
  { seq, emittedAtMs, late, event }: Envelope,
  fromMs: number,
  width: number,
  style: Sink['style'],
): string {
  const { type, ...payload } = event;
  const time = `+${duration(emittedAtMs - fromMs)}`;
  const isNarrow = width < NARROW;
  const head = isNarrow ? padTo(time, 10) : padTo(`${String(seq).padStart(5)}  ${time}`, 18);
  const room = Math.max(0, width - widthOf(head) - 2);
  const name = cutTo(`${late ? 'late ' : ''}${oneLine(type)}`, room);
  const json = Object.keys(payload).length === 0 ? '' : JSON.stringify(payload);
  const left = `${head}  ${name} `;
  const about = cutTo(oneLine(json.slice(0, 4 * width)), width - widthOf(left));
  return `${style('dim', head)}  ${name} ${style('dim', about)}`.trimEnd();
}

/** The text on lines within the width, broken between words where that is possible. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (widthOf(rest) > width) {
    const space = rest.lastIndexOf(' ', width);
    // Nothing but the indent is before a word that is longer than a line.
    const end = space > INDENT ? space : width;
    lines.push(rest.slice(0, end));
    rest = `${' '.repeat(INDENT)}${rest.slice(end).trimStart()}`;
  }
  return [...lines, rest];
}
