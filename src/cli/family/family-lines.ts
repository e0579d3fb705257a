import type { RunInfo } from '../../index.ts';
import { isTerminal } from '../../machines/index.ts';
import type { Sink } from '../terminal/sink.ts';
import { paintStatus } from '../terminal/status-style.ts';
import { cutTo, oneLine, widthOf } from '../terminal/text.ts';
import { age, duration } from '../terminal/time.ts';
import { needOf } from '../watch/need-of.ts';
import type { Family, Relation, Relative } from './family.ts';

export interface FamilyStyle {
  readonly style: Sink['style'];
  /** undefined: nothing is cut. */
  readonly width: number | undefined;
  readonly nowMs: number;
  /** The command line that tells of all. */
  readonly allCommand: string;
}

/** What stands before a run, for its place in the tree. */
interface Place {
  /** Before its own line. */
  readonly own: string;
  /** Before the lines of those below it. */
  readonly below: string;
}

const TOP: Place = { own: '', below: '' };
const WORDS: Readonly<Record<Relation, readonly [one: string, many: string]>> = {
  child: ['child', 'children'],
  fork: ['fork', 'forks'],
};

/** A family as a tree, one line per run: the run that was asked for is marked. */
export function familyLines({ above, run }: Family, how: FamilyStyle): string[] {
  const lines: string[] = [];
  let place = TOP;
  for (const one of above) {
    lines.push(relativeLine(one, place, how));
    place = placeBelow(place, true);
  }
  addLines(run, place, how, lines, true);
  if (hasMore(run)) lines.push(how.style('dim', `all of them: ${how.allCommand}`));
  return lines;
}

function addLines(
  relative: Relative,
  place: Place,
  how: FamilyStyle,
  lines: string[],
  isAsked = false,
): void {
  lines.push(relativeLine(relative, place, how, isAsked));
  const more = moreText(relative);
  relative.below.forEach((one, i) => {
    const isLast = i === relative.below.length - 1 && more === undefined;
    addLines(one, placeBelow(place, isLast), how, lines);
  });
  if (more !== undefined) {
    lines.push(how.style('dim', cut(`${placeBelow(place, true).own}${more}`, how)));
  }
}

function placeBelow({ below }: Place, isLast: boolean): Place {
  return { own: `${below}${isLast ? '└ ' : '├ '}`, below: `${below}${isLast ? '  ' : '│ '}` };
}

function relativeLine(
  { runId, info, relation }: Pick<Relative, 'runId' | 'info' | 'relation'>,
  place: Place,
  how: FamilyStyle,
  isAsked = false,
): string {
  const { style, width, nowMs } = how;
  const head = indent(place.own, width) + (relation === 'fork' ? 'fork ' : '');
  const room = width === undefined ? Infinity : Math.max(0, width - widthOf(head));
  const status = info?.snapshot.status ?? 'deleted';
  // The status is never cut away: it is what a tree is looked at for.
  const id = fit(oneLine(runId), Math.max(4, room - status.length - 2));
  const left = room - widthOf(id) - 2 - status.length;
  const shownId = isAsked ? style('bold', id) : id;
  if (info === null) return `${style('dim', head)}${shownId}  ${style('dim', status)}`;
  const need = needOf(info, nowMs);
  const isUrgent = need.section === 'needs attention';
  const painted = paintStatus({ style }, info.snapshot.status, status, isUrgent);
  const about = fit(aboutText(info, need.sentence, nowMs), left - 2);
  return `${style('dim', head)}${shownId}  ${painted}${about === '' ? '' : `  ${style('dim', about)}`}`;
}

/** How long it took or is there, what it waits for, and what it is for. */
function aboutText({ snapshot }: RunInfo, need: string, nowMs: number): string {
  const { status, createdAtMs, updatedAtMs, prompt, definition, forkedFrom } = snapshot;
  const isOver = isTerminal(status);
  const from = forkedFrom === null ? '' : `from super-step ${forkedFrom.superStep}`;
  const took = isOver ? duration(updatedAtMs - createdAtMs) : age(nowMs - createdAtMs);
  return [took, from, need, prompt || (definition ?? '')].map(oneLine).filter(Boolean).join(' · ');
}

/** Deep families keep some room for their words. */
function indent(own: string, width: number | undefined): string {
  if (width === undefined || widthOf(own) <= width / 3) return own;
  const kept = Math.max(2, Math.floor(width / 3) - 1);
  return `…${own.slice(-kept)}`;
}

function fit(text: string, room: number): string {
  return room === Infinity ? text : cutTo(text, room);
}

function cut(text: string, { width }: FamilyStyle): string {
  return width === undefined ? text : cutTo(text, width);
}

function moreText({ more, below }: Relative): string | undefined {
  const parts = (['child', 'fork'] as const)
    .filter((relation) => more[relation] > 0)
    .map((relation) => {
      const words = WORDS[relation][more[relation] === 1 ? 0 : 1];
      return `${more[relation]} ${below.length === 0 ? '' : 'more '}${words}`;
    });
  return parts.length === 0 ? undefined : parts.join(', ');
}

function hasMore({ more, below }: Relative): boolean {
  return more.child > 0 || more.fork > 0 || below.some(hasMore);
}
