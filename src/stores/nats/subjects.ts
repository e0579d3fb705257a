import { hash } from 'node:crypto';

/**
 * Names of everything in the stream. An id becomes one token: as it is when it is short and plain, so that people
 * find it, otherwise a digest of it, so that any character and any length will do.
 */
export interface Subjects {
  /** All of them, for the stream. */
  readonly all: string;
  /** Where the server tells of what it has stored. */
  readonly live: string;
  /** The commits of a run. The last one is its head. */
  run(runId: string): string;
  readonly runs: string;
  /** A key that recorded something on a run. */
  key(runId: string, key: string): string;
  keys(runId: string): string;
  /** A key that created a run. */
  creation(key: string): string;
  /** Forks of a run, one message each. */
  forks(runId: string): string;
  /** Snapshots that cut logs build on. */
  cut(runId: string): string;
  /** Pieces of what is too big for one message. */
  parts(runId: string): string;
  readonly secret: string;
  /** How many runs were forgotten. */
  readonly gone: string;
  readonly outputs: OutputSubjects;
  readonly checkpoints: CheckpointSubjects;
}

interface OutputSubjects {
  /** The records of a run, or of all runs, in order. */
  ofRun(runId: string): string;
  readonly ofAll: string;
  id(id: string): string;
  attempt(taskId: string, attempt: number, runId?: string): string;
  final(taskId: string, attempt: number): string;
  producer(producer: string, runId?: string): string;
  artifact(name: string, runId?: string): string;
  blob(sha256: string, runId?: string): string;
  /** What points to the records of a run. */
  pointers(runId: string): readonly string[];
}

interface CheckpointSubjects {
  /** One message per save of a line: what it is, without its values. */
  line(runId: string, definition: string): string;
  /** All lines of a run. */
  lines(runId: string): string;
  step(runId: string, definition: string, superStep: number): string;
  steps(runId: string, definition: string): string;
  /** Everything of a run. */
  ofRun(runId: string): readonly string[];
}

export function subjectsOf(name: string): Subjects {
  const outputs = (kind: string, ...tokens: readonly string[]): string =>
    [name, 'o', kind, ...tokens].join('.');
  const pointer = (kind: string, tokens: readonly string[], runId?: string): string =>
    outputs(kind, ...tokens, runId === undefined ? '*' : tokenOf(runId));
  return {
    all: `${name}.>`,
    live: `${name}-live.>`,
    run: (runId) => `${name}.e.${tokenOf(runId)}`,
    runs: `${name}.e.*`,
    key: (runId, key) => `${name}.k.${tokenOf(runId)}.${tokenOf(key)}`,
    keys: (runId) => `${name}.k.${tokenOf(runId)}.*`,
    creation: (key) => `${name}.c.${tokenOf(key)}`,
    forks: (runId) => `${name}.f.${tokenOf(runId)}`,
    cut: (runId) => `${name}.u.${tokenOf(runId)}`,
    parts: (runId) => `${name}.d.${tokenOf(runId)}`,
    secret: `${name}.m.secret`,
    gone: `${name}.m.gone`,
    outputs: {
      ofRun: (runId) => outputs('r', tokenOf(runId)),
      ofAll: outputs('r', '*'),
      id: (id) => outputs('i', tokenOf(id)),
      attempt: (taskId, attempt, runId) =>
        pointer('a', [tokenOf(taskId), tokenOf(`${attempt}`)], runId),
      final: (taskId, attempt) => outputs('t', tokenOf(taskId), tokenOf(`${attempt}`)),
      producer: (producer, runId) => pointer('p', [tokenOf(producer)], runId),
      artifact: (artifact, runId) => pointer('n', [tokenOf(artifact)], runId),
      blob: (sha256, runId) => pointer('b', [tokenOf(sha256)], runId),
      pointers: (runId) => [
        pointer('a', ['*', '*'], runId),
        pointer('p', ['*'], runId),
        pointer('n', ['*'], runId),
        pointer('b', ['*'], runId),
      ],
    },
    checkpoints: {
      line: (runId, definition) => `${name}.l.${tokenOf(runId)}.${tokenOf(definition)}`,
      lines: (runId) => `${name}.l.${tokenOf(runId)}.*`,
      step: (runId, definition, superStep) =>
        `${name}.p.${tokenOf(runId)}.${tokenOf(definition)}.${tokenOf(`${superStep}`)}`,
      steps: (runId, definition) => `${name}.p.${tokenOf(runId)}.${tokenOf(definition)}.*`,
      ofRun: (runId) => [
        `${name}.l.${tokenOf(runId)}.*`,
        `${name}.p.${tokenOf(runId)}.*.*`,
        `${name}.d.${tokenOf(runId)}`,
      ],
    },
  };
}

const PLAIN = /^[A-Za-z0-9_-]{1,64}$/;

/** Two ids never share a token: a digest begins with a character that no plain one has. */
export function tokenOf(id: string): string {
  if (PLAIN.test(id)) return id;
  // The code units, so that halves of surrogate pairs stay different.
  return `~${hash('sha256', Buffer.from(id, 'utf16le'), 'base64url')}`;
}
