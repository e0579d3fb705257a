import { isRunchartError } from '../../index.ts';
import type { Op } from './program.ts';
import type { VirtualClock } from './virtual-time.ts';
import { type Port, stepIdOf } from './witness.ts';

/** How long a step may take that takes longer, in milliseconds. */
const TIMEOUT_MS = 150;
const TOO_LONG_MS = 400;
/** How often a step is tried again at most; no flaky one needs as many. */
const RETRIES = 5;

export type StepOp = Extract<Op, { readonly op: 'step' | 'failing' | 'flaky' | 'late' | 'nested' }>;

/** Does a step of a program. Its work answers its place in the program. */
export async function performStep(op: StepOp, place: string, port: Port): Promise<unknown> {
  const { context, witness } = port;
  const works = (key: string): void => witness.works(context, stepIdOf(context, key));
  switch (op.op) {
    case 'failing':
      return context
        .step(op.name, ({ idempotencyKey }) => {
          works(idempotencyKey);
          throw new Error(`no ${place}`);
        })
        .catch((error: unknown) => messageOf(error, `no ${place}`));
    case 'late':
      return context
        .step(
          op.name,
          async ({ idempotencyKey, signal }) => {
            works(idempotencyKey);
            await passing(witness.clock, TOO_LONG_MS, signal);
          },
          { timeoutMs: TIMEOUT_MS },
        )
        .catch((error: unknown) => codeOf(error, 'STEP_TIMEOUT'));
    case 'nested':
      return context.step(op.name, async ({ idempotencyKey }) => {
        works(idempotencyKey);
        await context.outputs.artifact('inside', { place });
        const inside = [];
        for (const [i, name] of op.inside.entries()) {
          inside.push(await context.step(name, () => `${place}.${i}`));
        }
        return [place, inside];
      });
    default: {
      const fails = op.op === 'flaky' ? op.fails : 0;
      const result = await context.step(
        op.name,
        async ({ idempotencyKey, tries, signal }) => {
          works(idempotencyKey);
          if (op.op === 'step' && op.ms > 0) await passing(witness.clock, op.ms, signal);
          if (tries <= fails) throw new Error(`not yet ${place}`);
          return place;
        },
        { retries: fails === 0 ? 0 : RETRIES },
      );
      witness.hears(context, result);
      return result;
    }
  }
}

function messageOf(error: unknown, expected: string): string {
  if (error instanceof Error && error.message === expected) return expected;
  throw error;
}

/** The code of an error that is expected; any other is thrown. */
export function codeOf(error: unknown, expected: 'STEP_TIMEOUT' | 'INTERRUPT_EXPIRED'): string {
  if (isRunchartError(error, expected)) return expected;
  throw error;
}

/** Lets virtual time pass. */
export function passing(clock: VirtualClock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const callOff = clock.after(ms, resolve);
    signal.addEventListener('abort', () => {
      callOff();
      reject(signal.reason);
    });
  });
}
