/** Something that the code of a run does. */
export type Op =
  /** A step whose work takes so long. */
  | { readonly op: 'step'; readonly name: string; readonly ms: number }
  /** A step that always throws. */
  | { readonly op: 'failing'; readonly name: string }
  /** A step that throws in its first tries, and is tried again. */
  | { readonly op: 'flaky'; readonly name: string; readonly fails: number }
  /** A step that takes longer than it may. */
  | { readonly op: 'late'; readonly name: string }
  /** A step with steps, or an output, inside. */
  | { readonly op: 'nested'; readonly name: string; readonly inside: readonly string[] }
  | { readonly op: 'output'; readonly name: string }
  /** An output that is kept as a file. */
  | { readonly op: 'file'; readonly name: string }
  | { readonly op: 'update'; readonly value: number }
  | { readonly op: 'checkpoint' }
  | { readonly op: 'sleep'; readonly ms: number }
  /** A question; with `expiresInMs` what comes next is decided by whether the answer came in time. */
  | { readonly op: 'ask'; readonly expiresInMs?: number }
  | { readonly op: 'receive' }
  /** A run of another program, by its number. How it ended decides what comes next. */
  | { readonly op: 'child'; readonly program: number }
  /**
   * The first of a branch of a race: a step that is slower to be asked for by an attempt that comes later,
   * and that is named by how many results of the race were there before it.
   */
  | { readonly op: 'slow' }
  /** A step that is named by the code that the process has: another process may have other code. */
  | { readonly op: 'code' }
  | { readonly op: 'all'; readonly branches: readonly Program[] }
  /** Branches side by side; the order in which their results come decides what comes next. */
  | { readonly op: 'race'; readonly branches: readonly Program[] };

/** What the code of a definition does, in order. */
export type Program = readonly Op[];

/** What a program's own check of its result says; a run completes only when it passes. */
export type Verdict = 'passed' | 'needless' | 'failed';

/** What a state machine does in one of its states, one after the other. */
export type MachinePart =
  /** It invokes work that takes so long. */
  | { readonly part: 'work'; readonly ms: number }
  | { readonly part: 'after'; readonly ms: number }
  /** It waits for a signal. */
  | { readonly part: 'signal' }
  | { readonly part: 'ask' };

/** What the world answers to every question. */
export const ANSWER = 'yes';

/** What a question comes to that nobody answered in time. */
export const EXPIRED = 'INTERRUPT_EXPIRED';

/** What a child comes to; a child may also be ended by a command, which is no fault of its parent. */
export const CHILD = 'a child';

/** The name, and so the id, of a question that expires. */
export const questionAt = (place: string): string => `ask ${place}`;

/** What an output that is a file has as its value. */
export const fileAt = (place: string): string => `${place} is a file. `.repeat(20);

/** What an execution answers to the plan that was made for it. */
export const planOf = (program: Program): { readonly ops: number } => ({ ops: program.length });

/** What has to have been logged for a program to come to what it comes to. */
export interface Given {
  /** The signals that its run got, in order. */
  readonly signals: readonly unknown[];
  /** Questions that have expired. */
  readonly expired: ReadonlySet<string>;
}

/** What a program has to come to. */
export interface Expected {
  readonly results: unknown;
  readonly state: { readonly log: readonly number[]; readonly last: number | null };
}

/** What has to come of a program, given what its run was given. */
export function expectedOf(program: Program, { signals, expired }: Given): Expected {
  const log: number[] = [];
  let received = 0;
  let superStep = 0;
  const resultOf = (op: Op, place: string): unknown => {
    switch (op.op) {
      case 'step':
      case 'flaky':
      case 'code':
      case 'slow':
        return place;
      case 'failing':
        return `no ${place}`;
      case 'late':
        return 'STEP_TIMEOUT';
      case 'nested':
        return [place, op.inside.map((_, i) => `${place}.${i}`)];
      case 'output':
      case 'file':
        return op.name;
      case 'update':
        log.push(op.value);
        return op.value;
      case 'checkpoint':
        return (superStep += 1);
      case 'sleep':
        return null;
      case 'ask':
        return expired.has(questionAt(place)) ? EXPIRED : ANSWER;
      case 'receive':
        return signals[received++] ?? null;
      case 'child':
        return CHILD;
      case 'all':
      case 'race':
        return op.branches.map((branch, i) => inOrder(branch, `${place}/${i}.`));
      default:
        return op satisfies never;
    }
  };
  const inOrder = (ops: Program, place: string): unknown[] =>
    ops.map((op, i) => resultOf(op, `${place}${i}`));
  const results = inOrder(program, '');
  return { results, state: { log, last: log.at(-1) ?? null } };
}

/** The outputs of a program, by name and place. */
export function outputsOf(program: Program): readonly string[] {
  const ofOps = (ops: Program, place: string): string[] =>
    ops.flatMap((op, i) => {
      if (op.op === 'output' || op.op === 'file') return [`${op.name} ${place}${i}`];
      if (op.op === 'nested') return [`inside ${place}${i}`];
      if (op.op !== 'all' && op.op !== 'race') return [];
      return op.branches.flatMap((branch, n) => ofOps(branch, `${place}${i}/${n}.`));
    });
  return ofOps(program, '');
}
