import { RunchartError } from '../errors.ts';
import type { RunImport } from './event-store.ts';

/** Refuses a piece that is not as `RunImport` says (INPUT_INVALID), whatever the store holds. */
export function checkImport(piece: RunImport): void {
  const fault = faultOf(piece);
  if (fault === undefined) return;
  throw new RunchartError('INPUT_INVALID', `A piece of run ${piece.run.runId} ${fault}.`);
}

/** What a store holds of the run of a piece. */
export interface ImportPlace {
  /** undefined: the run is not here. */
  readonly lastSeq: number | undefined;
  /** Whether the run that is here has a chain. */
  readonly isChained: boolean;
  /** Whether the run that the piece says it was forked from is here. */
  hasSource(forkedFrom: string): boolean;
  /** The run that the key created; undefined for none. */
  createdBy(key: string): string | undefined;
}

/** Refuses a piece of a run that is not where the piece says, in the order of the contract of `import`. */
export function refuseImport(piece: RunImport, place: ImportPlace): void {
  const { run, expectedSeq, first } = piece;
  const { runId, forkedFrom } = run;
  if (expectedSeq > 0) return refuseRest(piece, place);
  if (place.lastSeq !== undefined) {
    throw new RunchartError('RUN_EXISTS', `Run ${runId} is in this store already.`);
  }
  if (forkedFrom !== null && !place.hasSource(forkedFrom)) {
    throw new RunchartError(
      'RUN_NOT_FOUND',
      `Run ${runId} was forked from ${forkedFrom}, which is not in this store; import that one first.`,
    );
  }
  const other = first?.key == null ? undefined : place.createdBy(first.key);
  if (other === undefined) return;
  throw new RunchartError(
    'RUN_EXISTS',
    `Run ${runId} was created with a key that has created run ${other} in this store.`,
  );
}

function refuseRest({ run, expectedSeq, events }: RunImport, place: ImportPlace): void {
  const { lastSeq, isChained } = place;
  const fits = events.every(({ hash }) => (hash !== null) === isChained);
  if (lastSeq !== undefined && !fits) {
    const has = isChained
      ? 'has a chain here, and the events have'
      : 'has no chain here, and the events have';
    throw new RunchartError(
      'INPUT_INVALID',
      `Run ${run.runId} ${has} ${isChained ? 'no hashes' : 'hashes'}.`,
    );
  }
  if (lastSeq === undefined) {
    throw new RunchartError(
      'RUN_NOT_FOUND',
      `There is no run ${run.runId} in this store; its first piece has to come first.`,
    );
  }
  if (lastSeq === expectedSeq) return;
  throw new RunchartError(
    'SEQ_CONFLICT',
    `Run ${run.runId} ends with event ${lastSeq} in this store, not with ${expectedSeq}; read it again.`,
  );
}

function faultOf({ run, expectedSeq, first, events }: RunImport): string | undefined {
  if (!isSeq(expectedSeq, 0)) return `goes on from event ${expectedSeq}, which is none`;
  if ((first === undefined) !== expectedSeq > 0) return 'has `first` exactly when it is the first';
  const fault = first === undefined ? undefined : faultOfFirst(first, events);
  if (fault !== undefined) return fault;
  const start = first?.firstSeq ?? expectedSeq + 1;
  if (events.length === 0) return 'has no events';
  const gap = events.findIndex(({ seq }, i) => seq !== start + i);
  if (gap !== -1) return `has event ${events[gap]?.seq} in the place of event ${start + gap}`;
  const last = start + events.length - 1;
  return run.lastSeq === last ? undefined : `ends with event ${last} and not ${run.lastSeq}`;
}

function faultOfFirst(
  { firstSeq, createdSeq, base, baseHash, isChained }: NonNullable<RunImport['first']>,
  events: RunImport['events'],
): string | undefined {
  if (!isSeq(firstSeq, 1)) return `begins with event ${firstSeq}, which is none`;
  if (!isSeq(createdSeq, 1)) return `was created through event ${createdSeq}, which is none`;
  const isCut = firstSeq > 1;
  if ((base !== null) !== isCut) return 'has a base exactly when its head was cut';
  if ((baseHash !== null) !== (isCut && isChained)) {
    return 'has the hash of its last cut event exactly when its head was cut and it has a chain';
  }
  if (events.every(({ hash }) => (hash !== null) === isChained)) return undefined;
  return `has ${isChained ? 'events without a hash' : 'hashes and no chain'}`;
}

function isSeq(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}
