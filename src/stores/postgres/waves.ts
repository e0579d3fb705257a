import type { Commit } from '../event-store.ts';

/**
 * Commits in groups that follow each other: those of a group do not concern each other, so that one
 * statement can decide all of them at once as if they came one by one. Within a group what goes on with a run
 * is in order of the runs, which keeps two processes from waiting for each other; what creates runs is in the
 * order given, which is the order of lists.
 */
export function wavesOf(commits: readonly Commit[]): readonly (readonly Commit[])[] {
  const waves: Commit[][] = [];
  let wave = new Wave();
  for (const commit of commits) {
    if (wave.concerns(commit)) {
      waves.push(wave.commits);
      wave = new Wave();
    }
    wave.add(commit);
  }
  if (wave.commits.length > 0) waves.push(wave.commits);
  return waves.map(inOrder);
}

class Wave {
  readonly commits: Commit[] = [];
  readonly #runs = new Set<string>();
  readonly #sources = new Set<string>();
  readonly #keys = new Set<string>();

  concerns({ run, expectedSeq, idempotencyKey: key }: Commit): boolean {
    const { runId, forkedFrom } = run;
    if (this.#runs.has(runId) || this.#sources.has(runId)) return true;
    if (expectedSeq > 0) return false;
    return (
      (forkedFrom !== null && this.#runs.has(forkedFrom)) ||
      (key !== undefined && this.#keys.has(key))
    );
  }

  add(commit: Commit): void {
    const { run, expectedSeq, idempotencyKey: key } = commit;
    this.commits.push(commit);
    this.#runs.add(run.runId);
    if (expectedSeq > 0) return;
    if (run.forkedFrom !== null) this.#sources.add(run.forkedFrom);
    if (key !== undefined) this.#keys.add(key);
  }
}

function inOrder(wave: readonly Commit[]): readonly Commit[] {
  const creating = wave.filter(({ expectedSeq }) => expectedSeq === 0);
  const going = wave.filter(({ expectedSeq }) => expectedSeq > 0);
  const byRun = (a: Commit, b: Commit): number => {
    if (a.run.runId === b.run.runId) return 0;
    return a.run.runId < b.run.runId ? -1 : 1;
  };
  return [...going.sort(byRun), ...creating];
}
