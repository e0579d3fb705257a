import { RunchartError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { RunSnapshot } from '../machines/index.ts';
import type { RunInfo, Runtime } from '../runtime.ts';
import type { AuthorizeQuestion, ServerOptions } from './server-options.ts';

/** What one request may do and see. */
export interface Access {
  /** False: everything is allowed, and nobody needs to look a run up for asking. */
  readonly isAsked: boolean;
  /** Rejects with FORBIDDEN. Without `action`: what the request is for. */
  allow(run: RunSnapshot | undefined, action?: string): Promise<void>;
  /** The same of a run by its id. Rejects with RUN_NOT_FOUND too. */
  allowRun(runId: string, action?: string): Promise<void>;
  /** Whether a run may be shown in a list. */
  canSee(info: RunInfo): Promise<boolean>;
  /** The value as it may leave. */
  redacted(value: unknown, runId?: string): unknown;
  readonly redacts: boolean;
}

interface AccessOptions extends Pick<ServerOptions, 'authorize' | 'redact'> {
  onError(error: unknown): void;
}

export function createAccess(
  { authorize, redact, onError }: AccessOptions,
  runtime: Pick<Runtime, 'info'>,
  { action, request, body }: Omit<AuthorizeQuestion, 'run'>,
): Access {
  const isAllowed = async (run: RunSnapshot | undefined, name: string): Promise<boolean> => {
    if (authorize === undefined) return true;
    try {
      return await authorize({ action: name, run, request, body });
    } catch (error) {
      onError(error);
      return false;
    }
  };
  const allow = async (run: RunSnapshot | undefined, name = action): Promise<void> => {
    if (await isAllowed(run, name)) return;
    const what = run === undefined ? '' : ` on run ${run.runId}`;
    throw new RunchartError('FORBIDDEN', `You may not do ${name}${what}.`);
  };
  return {
    isAsked: authorize !== undefined,
    redacts: redact !== undefined,
    allow,
    allowRun: async (runId, name) => {
      if (authorize !== undefined) await allow((await runtime.info(runId)).snapshot, name);
    },
    canSee: ({ snapshot }) => isAllowed(snapshot, 'getRun'),
    redacted: (value, runId) =>
      redact === undefined ? value : redact(value as Json, { action, runId }),
  };
}
