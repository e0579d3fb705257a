/** What a verification of one run has found so far. */
export interface Findings {
  readonly problems: readonly string[];
  readonly notes: readonly string[];
  /** Something is wrong: what, and what to do about it. */
  problem(what: string, advice?: string): void;
  /** Something that one may want to know, and that is as it may be. */
  note(what: string): void;
}

/** Sentences of each kind that are kept: a log that is damaged may be so in a million places. */
const MAX_SENTENCES = 20;

const RESTORE = 'restore the store from a copy, or prune the run once it is over';

/** Sentences that name the run, at most 20 of a kind and one that counts the rest. */
export function createFindings(runId: string): Findings {
  const problems = sentences(runId);
  const notes = sentences(runId);
  return {
    get problems() {
      return problems.list();
    },
    get notes() {
      return notes.list();
    },
    problem: (what, advice = RESTORE) => problems.add(`Run ${runId}: ${what}; ${advice}.`),
    note: (what) => notes.add(`Run ${runId}: ${what}.`),
  };
}

function sentences(runId: string): { add(sentence: string): void; list(): readonly string[] } {
  const kept = new Set<string>();
  let more = 0;
  return {
    add: (sentence) => {
      if (kept.size < MAX_SENTENCES) kept.add(sentence);
      else if (!kept.has(sentence)) more += 1;
    },
    list: () => [
      ...kept,
      ...(more > 0 ? [`Run ${runId}: there are ${more} more like these.`] : []),
    ],
  };
}
