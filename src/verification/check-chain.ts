import {
  chainHash,
  chainStart,
  type EventPage,
  type PageChain,
  type StoredEvent,
} from '../stores/index.ts';
import type { Findings } from './findings.ts';

/** What the hashes of a run say about its log. */
export interface ChainReport {
  /** none: the run began before the option was on, or somebody took all of its hashes away. */
  readonly state: 'whole' | 'broken' | 'none';
  /**
   * The hash of the last event, in hex: kept elsewhere, it proves the log up to there also against somebody
   * who makes all hashes anew. null without a chain.
   */
  readonly head: string | null;
  /** The first `seq` at which the chain breaks; null when it does not. */
  readonly brokenAt: number | null;
}

export interface ChainCheck {
  /** Takes the next page of the log, read with its chain. */
  add(page: EventPage): void;
  end(): ChainReport;
}

/** Makes the hashes of a log again, and says where the first one differs. */
export function createChainCheck(runId: string, findings: Findings): ChainCheck {
  let brokenAt: number | undefined;
  let isChained = false;
  let last: { readonly seq: number; readonly hash: string } | undefined;
  let ends: PageChain | undefined;

  const breakAt = (seq: number, why: string): void => {
    brokenAt = seq;
    findings.problem(`its chain breaks first at seq ${seq}: ${why}`);
  };
  const begin = ({ firstSeq }: EventPage, chain: PageChain): void => {
    isChained =
      chain.head !== null || chain.base !== null || chain.hashes.some((hash) => hash !== null);
    if (!isChained) return;
    const cut = firstSeq > 1 && chain.base !== null ? chain.base : undefined;
    last =
      cut === undefined ? { seq: 0, hash: chainStart(runId) } : { seq: firstSeq - 1, hash: cut };
  };
  const addEvent = (event: StoredEvent, hash: string | null): void => {
    if (brokenAt !== undefined) return;
    // A hash in a later page of a run that seemed to have none.
    if (!isChained && hash === null) return;
    const { seq } = event;
    const before = last ?? { seq: 0, hash: chainStart(runId) };
    isChained = true;
    if (seq !== before.seq + 1) {
      breakAt(before.seq + 1, `the log goes on with seq ${seq}, what was between is gone`);
    } else if (hash === null) breakAt(seq, 'this event is no link of it, and was put in by hand');
    else if (chainHash(before.hash, event) !== hash) {
      breakAt(seq, 'this event is not what was recorded there');
    } else last = { seq, hash };
  };
  return {
    add: (page) => {
      const { chain } = page;
      if (chain === undefined) return;
      if (ends === undefined) begin(page, chain);
      ends = chain;
      for (const [i, event] of page.events.entries()) addEvent(event, chain.hashes[i] ?? null);
    },
    end: () => {
      if (!isChained) {
        findings.note('it is not chained: it began before the option was on');
        return { state: 'none', head: null, brokenAt: null };
      }
      const head = ends?.head ?? null;
      // What was recorded while the pages were read is left for the next time.
      const isAtEnd = last !== undefined && last.seq >= (ends?.lastSeq ?? 0);
      if (brokenAt === undefined && isAtEnd && last?.hash !== head) {
        breakAt((last?.seq ?? 0) + 1, 'it ends before, and the record knows another end');
      }
      return {
        state: brokenAt === undefined ? 'whole' : 'broken',
        head,
        brokenAt: brokenAt ?? null,
      };
    },
  };
}
