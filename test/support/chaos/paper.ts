import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isRunchartError, type RuntimeSignal } from '../../../src/index.ts';

/** What a process writes down of itself, each with when, in epoch milliseconds. */
export type Note =
  /** An event that the store acknowledged here. */
  | readonly ['stored', number, StoredNote]
  /** The code of a run began, and was told to stop or came to its end. */
  | readonly ['entered', number, RunNote]
  | readonly ['left', number, RunNote]
  | readonly ['aborted', number, RunNote]
  /** More runs were driven at once than may be. */
  | readonly ['crowded', number, { readonly driven: number; readonly capacity: number }]
  | readonly ['cancel', number, { readonly runId: string; readonly isOwned: boolean }]
  | readonly ['cancelled', number, CancelNote]
  /** An event as a subscriber saw it. */
  | readonly [
      'seen',
      number,
      { readonly runId: string; readonly seq: number; readonly eventId: string },
    ]
  /** What was recorded as a fact, and what its caller was told. */
  | readonly ['asked', number, { readonly mark: string; readonly runId: string }]
  | readonly ['answered', number, AnswerNote]
  /** Events of an append that the store rejected: nobody knows yet what became of them. */
  | readonly ['in doubt', number, { readonly eventIds: readonly string[]; readonly code: string }]
  | readonly ['fault', number, { readonly code: string; readonly message: string }];

interface RunNote {
  readonly runId: string;
  readonly epoch: number;
}

interface StoredNote extends RunNote {
  readonly seq: number;
  readonly eventId: string;
  readonly type: string;
}

interface CancelNote {
  readonly runId: string;
  readonly outcome: string;
  readonly seq: number;
}

interface AnswerNote {
  readonly mark: string;
  readonly runId: string;
  /** unknown: it was said that nobody knows whether it was stored. */
  readonly answer: 'stored' | 'failed' | 'unknown';
  readonly message?: string;
}

/** A file that outlives its process: what was written is there, however the process dies. */
export interface Paper {
  note<Kind extends Note[0]>(kind: Kind, about: NoteOf<Kind>): void;
}

export type NoteOf<Kind extends Note[0]> = Extract<Note, readonly [Kind, ...unknown[]]>[2];

const EXTENSION = '.paper';

export function openPaper(folder: string, name: string): Paper {
  const file = openSync(join(folder, `${name}${EXTENSION}`), 'a');
  return {
    note: (kind, about) => void writeSync(file, `${JSON.stringify([kind, Date.now(), about])}\n`),
  };
}

/** All papers of a folder, by the name of their process. */
export function readPapers(folder: string): ReadonlyMap<string, readonly Note[]> {
  const papers = readdirSync(folder).filter((name) => name.endsWith(EXTENSION));
  return new Map(
    papers.map((name) => {
      // What stands behind the last line break was cut off by a kill.
      const lines = readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1);
      return [basename(name, EXTENSION), lines.map((line) => JSON.parse(line) as Note)];
    }),
  );
}

/**
 * Writes down every event that the store acknowledged to this runtime: after the acknowledgement, and before
 * the code that recorded it hears of it.
 */
export function noteStored(paper: Paper): (signal: RuntimeSignal) => void {
  return (signal) => {
    if (signal.type !== 'run.stored') return;
    const { runId } = signal.snapshot;
    for (const { seq, eventId, epoch, type } of signal.events) {
      paper.note('stored', { runId, seq, eventId, epoch, type });
    }
  };
}

export function noteFault(paper: Paper): (error: unknown) => void {
  return (error) => {
    const message = error instanceof Error ? error.message : String(error);
    const code = isRunchartError(error) ? error.code : 'UNKNOWN';
    paper.note('fault', { code, message: message.slice(0, 400) });
  };
}
