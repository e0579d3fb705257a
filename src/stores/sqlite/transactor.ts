import { RunchartError } from '../../errors.ts';
import { CheckpointWriter } from './checkpoint-writer.ts';
import { CommitWriter } from './commit-writer.ts';
import { compactStep } from './compact.ts';
import type { Database, Statement } from './driver.ts';
import type { Job, JobAnswer, JobFailure, JobResults } from './jobs.ts';
import { rollback } from './open-writer.ts';
import type { WriterSettings } from './options.ts';
import { OutputWriter } from './output-writer.ts';
import { Retention } from './retention.ts';
import { RunImporter } from './run-importer.ts';
import { isBusy, storeError } from './store-error.ts';

/** Most jobs of one transaction: beyond it the sync is paid off and only latency grows. */
const MAX_JOBS = 256;

/** Takes the jobs of the next transaction off a queue. Compacting cannot be part of one: it goes alone. */
export function takeJobs<T extends { readonly job: Job }>(queue: T[]): T[] {
  const at = queue.slice(0, MAX_JOBS).findIndex(({ job }) => job.kind === 'compact');
  return queue.splice(0, at === -1 ? MAX_JOBS : Math.max(at, 1));
}

/** Executes lists of jobs, each list as one transaction and so with one sync to disk. */
export class Transactor {
  readonly #db: Database;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #commits: CommitWriter;
  readonly #imports: RunImporter;
  readonly #retention: Retention;
  readonly #outputs: OutputWriter;
  readonly #checkpoints: CheckpointWriter;

  constructor(db: Database, { chain }: Pick<WriterSettings, 'chain'>) {
    this.#db = db;
    // IMMEDIATE takes the lock at once: a transaction that reads first could not be let in later.
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#commits = new CommitWriter(db, chain);
    this.#imports = new RunImporter(db);
    this.#retention = new Retention(db);
    this.#outputs = new OutputWriter(db);
    this.#checkpoints = new CheckpointWriter(db);
  }

  /**
   * One answer per job, in order; what is answered `ok` is durable. Throws only "busy", and has then
   * done nothing. A failed COMMIT has an unknown outcome: its jobs are answered as failed.
   */
  run(jobs: readonly Job[]): JobAnswer[] {
    const [first] = jobs;
    if (first?.kind === 'compact') return [this.#answer(first)];
    try {
      this.#begin.run();
    } catch (error) {
      if (isBusy(error)) throw error;
      // A transaction that could not be ended before would be in the way for ever.
      rollback(this.#db);
      return jobs.map(() => failed(error));
    }
    try {
      const answers = jobs.map((job) => this.#answer(job));
      this.#commit.run();
      return answers;
    } catch (error) {
      rollback(this.#db);
      this.#commits.forget();
      // Values that the database cannot take are the fault of one job: the others go on without it.
      if (jobs.length > 1 && storeError(error, '').code === 'INPUT_INVALID') {
        return jobs.map((job) => this.#runAlone(job));
      }
      return jobs.map(() => failed(error));
    }
  }

  #runAlone(job: Job): JobAnswer {
    try {
      return this.run([job])[0] ?? failed(new Error('no answer'));
    } catch (busy) {
      return failed(busy);
    }
  }

  /** Refusals by a rule are answers; what a job has written before it throws one stays, and is whole. */
  #answer(job: Job): JobAnswer {
    try {
      return { ok: true, value: this.#execute(job) };
    } catch (error) {
      if (error instanceof RunchartError) return failed(error);
      throw error;
    }
  }

  #execute(job: Job): JobResults[Job['kind']] {
    switch (job.kind) {
      case 'append':
        return job.commits.map((commit) => this.#commits.write(commit));
      case 'import':
        for (const { run } of job.pieces) this.#commits.forget(run.runId);
        return this.#imports.write(job.pieces);
      case 'import-outputs':
        return this.#outputs.import(job.outputs);
      case 'import-checkpoints':
        return this.#checkpoints.import(job.rows);
      case 'cut':
        return this.#retention.cut(job);
      case 'forget-runs':
        this.#commits.forget();
        return this.#retention.forget(job.runIds);
      case 'compact':
        return compactStep(this.#db, job.step);
      case 'output':
        return this.#outputs.write(job.output);
      case 'checkpoint':
        return this.#checkpoints.save(job.draft);
      case 'forget':
        return this.#checkpoints.forget(job.line);
      default:
        return job satisfies never;
    }
  }
}

/** The answer to a job that did not work out; `doing` is for messages of SQLite itself. */
export function failed(error: unknown, doing = 'Writing to the database'): JobFailure {
  const { code, message, cause } = storeError(error, doing);
  return { ok: false, code, message, cause };
}
