import { until } from '../actors/index.ts';
import { isRunchartError, RunchartError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { Desk } from './desk.ts';
import { toError } from '../failure.ts';
import type { Outcome } from './history.ts';
import { type AnswerSchema, jsonSchemaOf, refine } from './answer-schema.ts';
import { checkStepName, remembered } from './steps.ts';

export interface InterruptOptions<Answer = Json> {
  /** What a person is asked. */
  readonly question: string;
  /** Tells interrupts of a definition apart. Default `interrupt`; several of one name are numbered. */
  readonly name?: string;
  /**
   * What an answer has to look like: a JSON Schema, or a Standard Schema that can say itself as JSON
   * Schema (zod 4.2 and later can). It is kept in the log, so that whoever answers is checked against
   * it, and what a Standard Schema makes of the answer is what the code gets.
   */
  readonly schema?: AnswerSchema<Answer>;
  /** Milliseconds until nobody may answer any more, from the time of asking; kept in the log. */
  readonly expiresInMs?: number;
}

/**
 * Asks for an answer from outside and waits for it, for years if need be: a run that only waits is let
 * go of and holds no memory. Resolves with the answer; rejects with INTERRUPT_EXPIRED.
 */
export type Interrupt = <Answer = Json>(options: InterruptOptions<Answer>) => Promise<Answer>;

/** The key under which the log finds how an interrupt was asked for. */
export function interruptKey(interruptId: string): string {
  return `interrupt ${interruptId}`;
}

export function createInterrupt(desk: Desk): Interrupt {
  return async <Answer>(options: InterruptOptions<Answer>) => {
    const { name = 'interrupt', schema } = options;
    checkStepName(name);
    const asked = { ...options, schema: schema === undefined ? null : jsonSchemaOf(schema) };
    for (let { question } = options; ;) {
      const answer = await ask(desk, name, { ...asked, question });
      if (schema === undefined) return answer as Answer;
      const refined = await refine(schema, answer);
      if ('value' in refined) return refined.value;
      // What JSON Schema cannot say is found out here: the same question again, with the reason.
      question = `${options.question} (The last answer was not accepted: ${refined.issues})`;
    }
  };
}

interface Asked {
  readonly question: string;
  readonly schema: Json;
  readonly expiresInMs?: number;
}

async function ask(desk: Desk, name: string, asked: Asked): Promise<Json> {
  const { clock, inbox, journal, presence, record } = desk;
  return remembered(
    desk,
    'interrupt',
    name,
    async ({ id: interruptId, within, startedAt, untilMs }) => {
      const { question, schema, expiresInMs } = asked;
      const isNew = startedAt === Infinity;
      const expiresAtMs = isNew
        ? expiresInMs === undefined
          ? null
          : Math.ceil(clock.now() + expiresInMs)
        : (untilMs ?? null);
      if (isNew) {
        const event = {
          type: 'interrupt.requested',
          interruptId,
          name,
          question,
          schema,
          expiresAtMs,
        };
        const full = within === undefined ? event : { ...event, within };
        await presence.working(() => record(full, interruptKey(interruptId)));
      }
      const outcome = await presence.waiting(expiresAtMs, () =>
        settled(desk, interruptId, expiresAtMs),
      );
      await journal.settle(interruptId, outcome, inbox.seenSeq);
      if (outcome.ok) return outcome.value;
      throw toError(outcome.error);
    },
  );
}

/** Waits for the answer, or records that it did not come in time: whichever is first in the log. */
async function settled(
  { inbox, clock, record, signal }: Desk,
  interruptId: string,
  expiresAtMs: number | null,
): Promise<Outcome> {
  const answer = inbox.answer(interruptId, signal);
  if (expiresAtMs === null) return answer;
  const enough = new AbortController();
  const expiry = until(clock, expiresAtMs, AbortSignal.any([signal, enough.signal])).then(() =>
    record({ type: 'interrupt.resolved', interruptId, outcome: 'expired' }),
  );
  // An answer that came first settles it: then the expiry is refused, or not needed any more.
  expiry.catch((error: unknown) => {
    if (!isRunchartError(error, 'INTERRUPT_SETTLED')) enough.abort(error);
  });
  try {
    return await Promise.race([answer, failing(enough.signal)]);
  } finally {
    enough.abort(new RunchartError('INTERRUPT_SETTLED', `Interrupt ${interruptId} is settled.`));
  }
}

function failing(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
