import type { Sink } from '../terminal/sink.ts';
import { counted, cutTo, oneLine, padTo, widthOf } from '../terminal/text.ts';
import { duration } from '../terminal/time.ts';
import type { Span, Stretch } from './run-spans.ts';

const SIGNS = { work: '█', pause: '┄', wait: '░' } as const;
const COLOURS = { open: 'cyan', done: 'green', failed: 'red' } as const;
/** The least that a bar needs to tell anything, in columns. */
const MIN_BAR = 6;
const MAX_NAME = 28;

export interface WaterfallScale {
  /** What the left and the right edge stand for, in epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly width: number;
  readonly style: Sink['style'];
}

/** One line per span: its name, a bar where it was on the way of the run, how long it took and how often it failed. */
export function waterfallLines(spans: readonly Span[], scale: WaterfallScale): string[] {
  const { width, style } = scale;
  const rows = spans.map((span) => ({ span, name: oneLine(span.name), text: textOf(span, scale) }));
  const textColumns = Math.max(0, ...rows.map(({ text }) => widthOf(text)));
  const longest = Math.max(0, ...rows.map(({ name }) => widthOf(name)));
  const nameColumns = Math.min(longest, MAX_NAME, Math.max(4, Math.floor((width * 2) / 7)));
  const bar = width - nameColumns - textColumns - 4;
  return rows.map(({ span, name, text }) => {
    const label = padTo(cutTo(name, nameColumns), nameColumns);
    const colour = COLOURS[span.state];
    // Where there is no room for bars the words stay.
    const middle = bar < MIN_BAR ? '' : `${style(colour, barOf(span, scale, bar))}  `;
    const room = width - nameColumns - 2 - (middle === '' ? 0 : bar + 2);
    return `${label}  ${middle}${style('dim', cutTo(text, room))}`.trimEnd();
  });
}

function textOf({ stretches, state, failures }: Span, { toMs }: WaterfallScale): string {
  const [first, last] = [stretches[0], stretches.at(-1)];
  const ms = (last?.toMs ?? toMs) - (first?.fromMs ?? toMs);
  const tries = state === 'failed' ? failures : failures + 1;
  const again = failures > 0 && tries > 1 ? `, ${tries} tries` : '';
  const how = state === 'failed' ? ', failed' : '';
  return `${state === 'open' ? '… ' : ''}${duration(Math.max(0, ms))}${again}${how}`;
}

/** A bar as wide as the scale. What is too short to be seen takes one column all the same. */
function barOf({ stretches }: Span, { fromMs, toMs }: WaterfallScale, width: number): string {
  const total = Math.max(1, toMs - fromMs);
  const at = (ms: number): number =>
    Math.max(0, Math.min(width, Math.round(((ms - fromMs) / total) * width)));
  const cells = Array.from({ length: width }, () => ' ');
  const draw = ({ kind, fromMs, toMs: endMs = toMs }: Stretch): void => {
    const begin = Math.min(at(fromMs), width - 1);
    cells.fill(SIGNS[kind], begin, Math.max(begin + 1, at(endMs)));
  };
  for (const stretch of stretches) if (stretch.kind !== 'work') draw(stretch);
  // Work is what matters: a pause never hides it.
  for (const stretch of stretches)
    if (stretch.kind === 'work' && stretch.fromMs <= toMs) draw(stretch);
  return cells.join('');
}

/** What stands above a waterfall. */
export function waterfallTitle(shown: number, all: number): string {
  const last = shown === 1 ? 'the last' : `the last ${shown}`;
  return shown === all ? counted(all, 'step') : `${last} of ${counted(all, 'step')}`;
}
