import type { Commit, CommitOutcome, CommitRefusal, StoredEvent } from '../event-store.ts';
import { chainHashes, chainStart } from '../hash-chain.ts';
import { AppendStatement } from './append-statement.ts';
import type { ChainedCommit } from './append-statement.ts';
import { ChainHeads } from './chain-heads.ts';
import { textColumn } from './columns.ts';
import { untilDecided } from './database.ts';
import type { Database } from './database.ts';
import { eventColumns, toEvent } from './rows.ts';
import { prepared } from './statement.ts';
import { givenText, keptOrNull, keptText } from './storable-text.ts';
import { wavesOf } from './waves.ts';

/** What a commit finds in place of what it expected. */
interface Look {
  readonly lastSeq: number | null;
  readonly epoch: number | null;
  readonly head: string | null;
  readonly hasSource: boolean;
}

/**
 * Decides and writes commits. Mostly one statement does both; what it did not store is looked at, and is
 * either answered by what there is, or tried again on top of it.
 */
export class CommitWriter {
  readonly #database: Database;
  readonly #append: AppendStatement;
  readonly #origin: string;
  readonly #isChaining: boolean;
  readonly #heads: ChainHeads;
  readonly #sql: { readonly look: string; readonly created: string; readonly keyed: string };

  /**
   * `origin` tells the commits of this process from those of others. `isChaining`: runs that are created get
   * a chain. Those that have one are gone on with in any case.
   */
  constructor(database: Database, place: string, origin: string, isChaining: boolean) {
    this.#database = database;
    this.#append = new AppendStatement(place);
    this.#origin = origin;
    this.#isChaining = isChaining;
    this.#heads = new ChainHeads(isChaining);
    this.#sql = statements(place);
  }

  /** One outcome per commit, in order. `onStored` is called as soon as something is durable. */
  async write(commits: readonly Commit[], onStored: () => void): Promise<readonly CommitOutcome[]> {
    const outcomes = new Map<Commit, CommitOutcome>();
    for (const wave of wavesOf(commits)) {
      let open = wave;
      await untilDecided(async () => {
        open = await this.#attempt(open, outcomes, onStored);
        return open.length === 0 ? true : undefined;
      });
    }
    return commits.map((commit) => outcomes.get(commit) ?? STORED);
  }

  /** Answers the commits that can be tried again. */
  async #attempt(
    wave: readonly Commit[],
    outcomes: Map<Commit, CommitOutcome>,
    onStored: () => void,
  ): Promise<readonly Commit[]> {
    await this.#findHeads(wave);
    const batch = wave.map((commit) => this.#chained(commit));
    const rows = await this.#database.rows<{ places: readonly number[] | null }>(
      this.#append.of(batch, this.#origin),
    );
    const stored = new Set(rows[0]?.places);
    if (stored.size > 0) onStored();
    const left: Commit[] = [];
    for (const [i, { commit, hashes }] of batch.entries()) {
      if (stored.has(i + 1)) {
        this.#heads.remember(commit.run.runId, commit.run.lastSeq, hashes?.at(-1) ?? null);
        outcomes.set(commit, STORED);
      } else left.push(commit);
    }
    return left.length === 0 ? left : this.#judge(left, outcomes);
  }

  /** Answers those that nothing stands in the way of any more. */
  async #judge(
    commits: readonly Commit[],
    outcomes: Map<Commit, CommitOutcome>,
  ): Promise<readonly Commit[]> {
    const looks = await this.#look(commits);
    const open: Commit[] = [];
    for (const [i, commit] of commits.entries()) {
      const look = looks[i];
      const earlier = await this.#earlier(commit);
      const code = refusal(commit, look);
      if (earlier !== undefined) outcomes.set(commit, earlier);
      else if (code !== undefined) outcomes.set(commit, { kind: 'refused', code });
      else {
        this.#heads.remember(commit.run.runId, look?.lastSeq ?? 0, look?.head ?? null);
        open.push(commit);
      }
    }
    return open;
  }

  #chained(commit: Commit): ChainedCommit {
    const { run, expectedSeq, events } = commit;
    const before = expectedSeq > 0 ? (this.#heads.at(run.runId, expectedSeq) ?? null) : null;
    const start = this.#isChaining ? chainStart(run.runId) : null;
    return { commit, before, hashes: chainHashes(expectedSeq > 0 ? before : start, events) };
  }

  /** Only stores that chain meet runs with a chain as a rule: others find out when they do. */
  async #findHeads(commits: readonly Commit[]): Promise<void> {
    if (!this.#isChaining) return;
    const unknown = commits.filter(
      ({ run, expectedSeq }) =>
        expectedSeq > 0 && this.#heads.at(run.runId, expectedSeq) === undefined,
    );
    if (unknown.length === 0) return;
    const looks = await this.#look(unknown);
    for (const [i, { run }] of unknown.entries()) {
      this.#heads.remember(run.runId, looks[i]?.lastSeq ?? 0, looks[i]?.head ?? null);
    }
  }

  #look(commits: readonly Commit[]): Promise<readonly Look[]> {
    const ids = textColumn(commits.map(({ run }) => keptText(run.runId)));
    const sources = commits.map(({ run, expectedSeq }) =>
      expectedSeq > 0 ? null : keptOrNull(run.forkedFrom),
    );
    return this.#database.rows<Look>(prepared(this.#sql.look, [ids, textColumn(sources)]));
  }

  /** What the key of a commit has recorded before. */
  async #earlier({
    run,
    expectedSeq,
    idempotencyKey: key,
  }: Commit): Promise<CommitOutcome | undefined> {
    if (key === undefined) return undefined;
    if (expectedSeq > 0) {
      const events = await this.#database.rows<StoredEvent>(
        prepared(this.#sql.keyed, [keptText(run.runId), keptText(key)]),
      );
      if (events.length === 0) return undefined;
      return { kind: 'repeat', runId: run.runId, events: events.map(toEvent) };
    }
    const rows = await this.#database.rows<StoredEvent & { runId: string; seq: number | null }>(
      prepared(this.#sql.created, [keptText(key)]),
    );
    const [first] = rows;
    if (first === undefined) return undefined;
    const isWhole = first.seq === 1;
    const events = isWhole ? rows.map(toEvent) : [];
    return { kind: 'repeat', runId: givenText(first.runId), events };
  }
}

const STORED: CommitOutcome = { kind: 'stored' };

function statements(place: string) {
  return {
    look: `
      SELECT r.last_seq AS "lastSeq", r.epoch, r.head, c.source IS NULL OR s.run IS NOT NULL AS "hasSource"
      FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS c(run_id, source, i)
        LEFT JOIN ${place}.runs AS r ON r.run_id = c.run_id
        LEFT JOIN ${place}.runs AS s ON s.run_id = c.source
      ORDER BY c.i`,
    created: `
      SELECT r.run_id AS "runId", ${eventColumns('e')}
      FROM ${place}.runs AS r LEFT JOIN ${place}.events AS e ON e.run = r.run AND e.seq <= r.created_seq
      WHERE r.idempotency_key = $1 AND r.idempotency_key IS NOT NULL ORDER BY e.seq`,
    keyed: `
      SELECT ${eventColumns('e')} FROM ${place}.runs AS r JOIN ${place}.events AS e ON e.run = r.run
      WHERE r.run_id = $1 AND e.idempotency_key = $2 AND e.idempotency_key IS NOT NULL ORDER BY e.seq`,
  };
}

function refusal(
  { expectedSeq, expectedEpoch }: Commit,
  look: Look | undefined,
): CommitRefusal | undefined {
  const isThere = look !== undefined && look.lastSeq !== null;
  if (expectedSeq === 0) {
    if (isThere) return 'RUN_EXISTS';
    return look?.hasSource === false ? 'RUN_NOT_FOUND' : undefined;
  }
  if (!isThere) return 'RUN_NOT_FOUND';
  if (expectedEpoch !== undefined && expectedEpoch !== look.epoch) return 'OWNER_FENCED';
  return expectedSeq === look.lastSeq ? undefined : 'SEQ_CONFLICT';
}
