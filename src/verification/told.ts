import type { Envelope } from '../machines/index.ts';
import type { CheckpointRef } from '../stores/index.ts';

/** An output that an event tells of. */
export interface ToldOutput {
  readonly seq: number;
  readonly outputId: string;
  readonly kind: unknown;
  readonly producer: unknown;
  readonly name: unknown;
}

/** What the events of a log say that there is beside it. */
export interface Told {
  readonly outputs: ReadonlySet<string>;
  readonly checkpoints: readonly (CheckpointRef & { readonly seq: number })[];
  /** Runs that were started for parts of the work. */
  readonly children: ReadonlySet<string>;
  /** Runs that began with a checkpoint of this one. */
  readonly forks: ReadonlySet<string>;
  /** Takes the next event in; answers the output that it tells of, if it does. */
  add(envelope: Envelope): ToldOutput | undefined;
}

/** Keeps ids only: what an event says of other things is looked at when it comes by. */
export function createTold(): Told {
  const outputs = new Set<string>();
  const checkpoints: (CheckpointRef & { readonly seq: number })[] = [];
  const children = new Set<string>();
  const forks = new Set<string>();
  const add = ({ seq, event }: Envelope): ToldOutput | undefined => {
    // An event by somebody's own hand may carry anything.
    const { type, outputId, kind, producer, name, superStep, version, childRunId, forkRunId } =
      event;
    if (type === 'output.appended' && typeof outputId === 'string') {
      outputs.add(outputId);
      return { seq, outputId, kind, producer, name };
    }
    if (type === 'checkpoint.saved' && isWhole(superStep) && isWhole(version)) {
      checkpoints.push({ seq, superStep, version });
    }
    if (type === 'child.started' && typeof childRunId === 'string') children.add(childRunId);
    if (type === 'run.forked' && typeof forkRunId === 'string') forks.add(forkRunId);
    return undefined;
  };
  return { outputs, checkpoints, children, forks, add };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
