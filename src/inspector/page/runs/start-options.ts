import type { Json } from '../../../json.ts';
import type { StartOptions } from '../../../runtime.ts';

/** What is typed beside the input, as it stands in the fields. */
export interface StartTexts {
  readonly prompt: string;
  readonly sessionId: string;
  readonly priority: string;
  /** Minutes from now on. */
  readonly deadline: string;
  readonly requireVerification: boolean;
}

export const NO_TEXTS: StartTexts = {
  prompt: '',
  sessionId: '',
  priority: '',
  deadline: '',
  requireVerification: false,
};

const MINUTE_MS = 60_000;

/** What is wrong, by field. */
export type StartProblems = Partial<Record<'priority' | 'deadline', string>>;

export function startProblems({ priority, deadline }: StartTexts): StartProblems {
  const [rank, minutes] = [numberOf(priority), numberOf(deadline)];
  return {
    ...(rank !== undefined &&
      !Number.isInteger(rank) && { priority: 'This has to be a whole number.' }),
    ...(minutes !== undefined &&
      !(minutes > 0 && minutes < Number.POSITIVE_INFINITY) && {
        deadline: 'This has to be a number of minutes, more than 0.',
      }),
  };
}

/** The options of a start. What is empty is left to the defaults. `input` undefined: there is none. */
export function startOptionsOf(
  texts: StartTexts,
  input: Json | undefined,
  nowMs: number,
): StartOptions {
  const { prompt, sessionId, priority, deadline, requireVerification } = texts;
  const [rank, minutes] = [numberOf(priority), numberOf(deadline)];
  return {
    ...(input !== undefined && { input }),
    ...(prompt.trim() !== '' && { prompt: prompt.trim() }),
    ...(sessionId.trim() !== '' && { sessionId: sessionId.trim() }),
    ...(rank !== undefined && { priority: rank }),
    ...(minutes !== undefined && { deadlineAtMs: Math.round(nowMs + minutes * MINUTE_MS) }),
    ...(requireVerification && { requireVerification }),
  };
}

function numberOf(text: string): number | undefined {
  return text.trim() === '' ? undefined : Number(text.trim().replace(',', '.'));
}
