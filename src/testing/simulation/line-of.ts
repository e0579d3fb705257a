import type { CheckpointDraft, Commit, CommitOutcome, OutputRecord } from '../../stores/index.ts';
import type { Answer, StoreCall } from './store-calls.ts';

/** What a call did, for people: nothing in it differs from one time to the next. */
export function lineOf({ method, args }: StoreCall, answer: Answer): string {
  const failed = answer.ok ? '' : ` fails: ${String(answer.error)}`;
  return `${method}${aboutOf(method, args, answer)}${failed}`;
}

function aboutOf(method: string, args: readonly unknown[], answer: Answer): string {
  switch (method) {
    case 'events.append': {
      const outcomes = answer.ok ? (answer.value as readonly CommitOutcome[]) : [];
      const commits = args[0] as readonly Commit[];
      return commits.map((commit, i) => ` ${commitLine(commit, outcomes[i])}`).join(';');
    }
    case 'outputs.append': {
      const { id, runId, attempt } = args[0] as OutputRecord;
      return ` ${runId} attempt ${attempt} ${id}`;
    }
    case 'checkpoints.save': {
      const { runId, superStep } = args[0] as CheckpointDraft;
      return ` ${runId} ${superStep}`;
    }
    case 'forget':
      return ` ${JSON.stringify(args[0])} ${answer.ok ? JSON.stringify(answer.value) : ''}`;
    default:
      return typeof args[0] === 'string' ? ` ${args[0]}` : '';
  }
}

function commitLine(
  { run, events, expectedEpoch, idempotencyKey }: Commit,
  outcome: CommitOutcome | undefined,
): string {
  const what = events
    .map(
      ({ seq, type, late, payload }) => `${seq} ${type}${late ? ' late' : ''}${briefly(payload)}`,
    )
    .join(', ');
  const under = expectedEpoch === undefined ? '' : ` under ${expectedEpoch}`;
  const key = idempotencyKey === undefined ? '' : ` key ${idempotencyKey}`;
  const code = outcome?.kind === 'refused' ? ` ${outcome.code}` : '';
  return `${run.runId} [${what}]${under}${key} epoch ${run.epoch} owner ${run.owner}: ${outcome?.kind ?? 'nothing'}${code}`;
}

const SHOWN = [
  'stepId',
  'attempt',
  'reason',
  'owner',
  'interruptId',
  'outcome',
  'superStep',
  'result',
  'error',
];
const MAX_SHOWN = 60;

function briefly(payload: string): string {
  const event = JSON.parse(payload) as Readonly<Record<string, unknown>>;
  return SHOWN.flatMap((name) =>
    event[name] == null ? [] : ` ${name}=${JSON.stringify(shown(event[name])).slice(0, MAX_SHOWN)}`,
  ).join('');
}

/** Of an error its code, which says most in a few characters. */
function shown(value: unknown): unknown {
  const { code } = value as { readonly code?: unknown };
  return code ?? value;
}
