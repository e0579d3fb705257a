import { createHmac, timingSafeEqual } from 'node:crypto';
import { draftEvent, envelopeOf, type Supervisor } from './actors/index.ts';
import { RunchartError } from './errors.ts';
import { type Json, jsonProblem } from './json.ts';
import { isTerminal, parseSnapshot, type RunEvent } from './machines/index.ts';
import { keyed } from './run.ts';
import { assertSameKey } from './same-key.ts';
import type { RunRecord } from './stores/index.ts';
import { checkAnswer, interruptKey } from './work/index.ts';

/** A question of a run that nobody has answered yet. */
export interface InterruptInfo {
  readonly id: string;
  readonly runId: string;
  readonly name: string;
  readonly question: string;
  /** JSON Schema of the answer; null for any JSON. */
  readonly schema: Json;
  readonly askedAtMs: number;
  readonly expiresAtMs: number | null;
  /** Entitles to one answer, of this interrupt of this run. It is not in the log. */
  readonly token: string;
}

/** What a run asks people. */
export interface RunInterrupts {
  /** The open ones, in the order of asking. */
  list(): Promise<readonly InterruptInfo[]>;
  /**
   * Answers one. Of two answers at once one counts, the other rejects with INTERRUPT_SETTLED, as does
   * one that comes after the end of the run or after the interrupt has expired. Rejects with
   * INTERRUPT_NOT_FOUND, INTERRUPT_DENIED (not its token) or INPUT_INVALID (not what its schema asks
   * for); nothing is recorded then. With an `idempotencyKey` a repeat is the same answer.
   */
  resolve(
    interruptId: string,
    token: string,
    value?: Json,
    options?: { readonly idempotencyKey?: string },
  ): Promise<void>;
}

export interface InterruptsPort {
  readonly supervisor: Supervisor;
  readonly clock: () => number;
}

export function createInterrupts(
  runId: string,
  { supervisor, clock }: InterruptsPort,
): RunInterrupts {
  const { events } = supervisor.stores;

  const find = async (run: RunRecord, id: string): Promise<InterruptInfo | undefined> => {
    const [asked] = (await events.findByKey(runId, interruptKey(id))) ?? [];
    if (asked === undefined) return undefined;
    const { event, emittedAtMs } = envelopeOf(run, asked);
    return infoOf(runId, event, emittedAtMs, tokenOf(await events.secret(), runId, id));
  };

  return {
    list: async () => {
      const run = await supervisor.record(runId);
      const open = parseSnapshot(run.snapshot).waiting?.interrupts ?? [];
      const found = await Promise.all(open.map((id) => find(run, id)));
      return found.filter((info) => info !== undefined);
    },
    resolve: async (id, token, value = null, { idempotencyKey } = {}) => {
      const run = await supervisor.record(runId);
      const info = await find(run, id);
      if (info === undefined) {
        throw new RunchartError(
          'INTERRUPT_NOT_FOUND',
          `The log of run ${runId} has no question "${id}": it never asked for it, or the head of the log was deleted since. List its interrupts to see what it asks for.`,
        );
      }
      if (!isSame(info.token, token)) {
        throw new RunchartError(
          'INTERRUPT_DENIED',
          `This is not the token of interrupt ${id} of run ${runId}.`,
        );
      }
      const event = { type: 'interrupt.resolved', interruptId: id, outcome: 'answered', value };
      const key = keyed(idempotencyKey);
      const assertSame = (recorded: RunEvent): void =>
        assertSameKey(runId, idempotencyKey, { recorded, meant: event, id: 'interruptId' });
      if (key.idempotencyKey !== undefined) {
        const [before] = (await events.findByKey(runId, key.idempotencyKey)) ?? [];
        if (before !== undefined) return assertSame(envelopeOf(run, before).event);
      }
      const { status } = parseSnapshot(run.snapshot);
      if (isTerminal(status)) throw settled(runId, id, `the run is ${status}`);
      if (info.expiresAtMs !== null && info.expiresAtMs <= clock()) {
        throw settled(runId, id, 'it has expired');
      }
      const what = `The answer to interrupt ${id} of run ${runId}`;
      const flaw = jsonProblem(value, 'answer');
      if (flaw !== undefined) throw new RunchartError('INPUT_INVALID', `${what}: ${flaw}.`);
      checkAnswer(info.schema, value, what);
      const request = { draft: draftEvent(runId, event), unlessOver: true, ...key };
      const { envelope, snapshot } = await supervisor.submit(runId, request);
      if (envelope === undefined) throw settled(runId, id, `the run is ${snapshot.status}`);
      assertSame(envelope.event);
    },
  };
}

function settled(runId: string, id: string, why: string): RunchartError {
  return new RunchartError(
    'INTERRUPT_SETTLED',
    `Interrupt ${id} of run ${runId} takes no answer any more: ${why}.`,
  );
}

function infoOf(runId: string, event: RunEvent, askedAtMs: number, token: string): InterruptInfo {
  const { interruptId, name, question, schema, expiresAtMs } = event;
  return {
    id: String(interruptId),
    runId,
    name: String(name),
    question: String(question),
    schema: (schema ?? null) as Json,
    askedAtMs,
    expiresAtMs: typeof expiresAtMs === 'number' ? expiresAtMs : null,
    token,
  };
}

/** Derived from a secret of the store, so that neither the log nor a snapshot gives it away. */
function tokenOf(secret: string, runId: string, interruptId: string): string {
  return createHmac('sha256', secret)
    .update(JSON.stringify([runId, interruptId]))
    .digest('base64url');
}

function isSame(expected: string, given: unknown): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
