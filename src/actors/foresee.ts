import {
  ALPHABET,
  cellOf,
  type RunEvent,
  type RunSnapshot,
  type RunStatus,
} from '../machines/index.ts';
import { decide, type RunRequest } from './decide.ts';

/** What a command would come to if it were given now. */
export interface Foresight {
  /** `complete`, `fail`, `cancel`, or `record` and the type. */
  readonly command: string;
  /** late: it would be recorded without effect. nothing: it would record nothing. */
  readonly outcome: 'recorded' | 'late' | 'nothing' | 'refused';
  /** The status after it. */
  readonly status: RunStatus;
  /** Of a refusal. */
  readonly code?: string;
  /** One sentence. */
  readonly why: string;
}

/** A type that no row of the table has, in place of all of them. */
const ANY_OTHER = 'any other type';

const COMMANDS: readonly (readonly [command: string, type: string, how?: Partial<RunRequest>])[] = [
  ['complete', 'run.completed'],
  ['fail', 'run.failed'],
  ['cancel', 'run.cancelled', { unlessOver: true }],
];

/**
 * What each command would come to on a run as it stands, from whoever may give it: decided by the same
 * function that decides it when it is given, and led on by the same table. `record` stands here for each
 * type that the table has, and once for all others.
 */
export function foresee(snapshot: RunSnapshot): readonly Foresight[] {
  const ending = new Set(COMMANDS.map(([, type]) => type));
  const types = ['run.created', ...ALPHABET].filter((type) => !ending.has(type));
  return [
    ...COMMANDS.map(([command, type, how]) => foreseeOne(snapshot, command, type, how)),
    ...types.map((type) => foreseeOne(snapshot, `record ${type}`, type)),
    foreseeOne(snapshot, `record ${ANY_OTHER}`, ANY_OTHER),
  ];
}

function foreseeOne(
  snapshot: RunSnapshot,
  command: string,
  type: string,
  how: Partial<RunRequest> = {},
): Foresight {
  const { status, runId } = snapshot;
  const event: RunEvent = { type, interruptId: snapshot.waiting?.interrupts[0] ?? 'of any id' };
  const draft = { type, payload: JSON.stringify(event), event };
  const decision = decide(snapshot, { draft, ...how }, runId);
  switch (decision.kind) {
    case 'refused': {
      const { code, message } = decision.error;
      return { command, outcome: 'refused', status, code, why: message };
    }
    case 'nothing':
      return { command, outcome: 'nothing', status, why: `the run is ${status} already` };
    case 'record':
      if (decision.late) {
        return { command, outcome: 'late', status, why: `${status} stays, whatever comes` };
      }
      return { command, outcome: 'recorded', ...effect(status, type) };
    default:
      return decision satisfies never;
  }
}

function effect(status: RunStatus, type: string): Pick<Foresight, 'status' | 'why'> {
  const cell = cellOf(status, type);
  if (cell === undefined) return { status, why: `the run stays ${status}, and nothing changes` };
  const rules = cell.rules.length === 0 ? '' : ` (${cell.rules.join(', ')})`;
  const moves =
    cell.status === status ? `the run stays ${status}` : `the run becomes ${cell.status}`;
  return { status: cell.status, why: `${moves}${rules}` };
}
