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
  | { readonly op: 'update'; readonly value: number }
  | { readonly op: 'checkpoint' }
  | { readonly op: 'sleep'; readonly ms: number }
  | { readonly op: 'ask' }
  | { readonly op: 'receive' }
  /** A run of another program, by its number. */
  | { readonly op: 'child'; readonly program: number }
  | { readonly op: 'all'; readonly branches: readonly Program[] };

/** What the code of a definition does, in order. */
export type Program = readonly Op[];

/** What the world answers to every question. */
export const ANSWER = 'yes';

/** What a child comes to; a child may also be ended by a command, which is no fault of its parent. */
export const CHILD = 'a child';

/** What a program has to come to. */
export interface Expected {
  readonly results: unknown;
  readonly state: { readonly log: readonly number[]; readonly last: number | null };
}

/** What has to come of a program, given the signals that its run got, in order. */
export function expectedOf(program: Program, signals: readonly unknown[]): Expected {
  const log: number[] = [];
  let received = 0;
  let superStep = 0;
  const resultOf = (op: Op, place: string): unknown => {
    switch (op.op) {
      case 'step':
      case 'flaky':
        return place;
      case 'failing':
        return `no ${place}`;
      case 'late':
        return 'STEP_TIMEOUT';
      case 'nested':
        return [place, op.inside.map((_, i) => `${place}.${i}`)];
      case 'output':
        return op.name;
      case 'update':
        log.push(op.value);
        return op.value;
      case 'checkpoint':
        return (superStep += 1);
      case 'sleep':
        return null;
      case 'ask':
        return ANSWER;
      case 'receive':
        return signals[received++] ?? null;
      case 'child':
        return CHILD;
      case 'all':
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
      if (op.op === 'output') return [`${op.name} ${place}${i}`];
      if (op.op === 'nested') return [`inside ${place}${i}`];
      if (op.op !== 'all') return [];
      return op.branches.flatMap((branch, n) => ofOps(branch, `${place}${i}/${n}.`));
    });
  return ofOps(program, '');
}
