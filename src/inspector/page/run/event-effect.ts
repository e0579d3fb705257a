import { ALPHABET } from '../../../machines/index.ts';
import { countUntil, type LogModel } from './log-model.ts';

/** What an event did to the run. */
export interface Effect {
  readonly kind: 'moved' | 'late' | 'idle' | 'plain';
  readonly text: string;
  /** The rule, for who wants to know. */
  readonly why: string;
}

const PLAIN: Effect = { kind: 'plain', text: '', why: '' };

/** Told from the chart: it moved the run, it came too late, it had no effect, or it is none of the chart's. */
export function effectOf(model: LogModel, seq: number): Effect {
  const envelope = model.event(seq);
  if (envelope === undefined) return PLAIN;
  const { event, late } = envelope;
  if (late) {
    const end = model.end;
    const why =
      end === undefined ? 'the run was over' : `the run was ${end.to} since event ${end.seq}`;
    return { kind: 'late', text: 'late', why: `Recorded, and without effect: ${why}.` };
  }
  const move = moveAt(model, seq);
  if (move !== undefined) {
    return { kind: 'moved', text: move.to, why: `${move.from ?? 'nothing'} → ${move.to}` };
  }
  if (!MOVES_ONLY.has(event.type) || !ALPHABET.has(event.type)) return PLAIN;
  return { kind: 'idle', text: 'no effect', why: `${event.type} changes nothing in this status.` };
}

/** Events whose only sense is to move the run: where they do not, a person wants to know. */
const MOVES_ONLY: ReadonlySet<string> = new Set([
  'planning.started',
  'verification.started',
  'run.completed',
  'run.failed',
  'run.cancelled',
]);

function moveAt({ moves }: LogModel, seq: number): LogModel['moves'][number] | undefined {
  const last = moves[countUntil(moves, seq) - 1];
  return last?.seq === seq ? last : undefined;
}
