import type { RunInfo } from '../../index.ts';
import { isTerminal } from '../../machines/index.ts';
import { isDeadline, isLeftBehind } from '../run-standing.ts';
import { age } from '../terminal/time.ts';

/** Where a run stands in a list of what goes on: the first ones are looked at first. */
export const SECTIONS = ['needs attention', 'active', 'ended'] as const;
export type Section = (typeof SECTIONS)[number];

/** What a run needs to go on. */
export interface Need {
  readonly section: Section;
  /** Few words: what it waits for, what is wrong, or why it ended; empty where there is nothing to say. */
  readonly text: string;
  /** The same in a sentence. */
  readonly sentence: string;
}

/** What a run needs at an instant, and whether somebody has to do something for it. */
export function needOf(info: RunInfo, nowMs: number): Need {
  const { snapshot, isStalled } = info;
  if (isTerminal(snapshot.status)) return said('ended', endText(info));
  const { interrupts = [], wakeAtMs = null, parked = null } = snapshot.waiting ?? {};
  const question = interrupts.length === 0 ? '' : `answer: ${interrupts.join(', ')}`;
  if (isLeftBehind(info)) {
    const who = leftText(info);
    return said('needs attention', question === '' ? who : `${who}, ${question}`);
  }
  if (isStalled) {
    return said('needs attention', `stalled for ${age(nowMs - snapshot.updatedAtMs)}`);
  }
  if (question !== '') return awaited('needs attention', question);
  if (parked !== 'waiting') return said('active', '');
  if (wakeAtMs === null || isDeadline(snapshot, wakeAtMs, nowMs))
    return awaited('active', 'signal');
  return wakeAtMs <= nowMs
    ? awaited('needs attention', `its program, ${snapshot.definition ?? 'without a name'}`)
    : awaited('active', `time, ${age(wakeAtMs - nowMs)} more`);
}

function said(section: Section, text: string): Need {
  return { section, text, sentence: text };
}

function awaited(section: Section, text: string): Need {
  return { section, text, sentence: `waits for ${text}` };
}

function leftText({ snapshot, owner }: RunInfo): string {
  if (owner !== null) return 'owner gone';
  return snapshot.waiting?.parked === 'released' ? 'let go' : 'no owner';
}

function endText({ snapshot: { error, cancelReason } }: RunInfo): string {
  if (error !== null) return error.code ?? error.name;
  return cancelReason ?? '';
}
