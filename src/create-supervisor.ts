import {
  type Clock,
  createLanes,
  type HostedRun,
  type Ids,
  type Performed,
  Supervisor,
  type Tap,
} from './actors/index.ts';
import { cancelChildren } from './cancel-children.ts';
import { checkNumber } from './check-input.ts';
import { DEFAULT_CONCURRENCY, DEFAULT_SWEEP_MS } from './defaults.ts';
import { RunchartError } from './errors.ts';
import type { RegisteredDefinitions } from './registered-definitions.ts';
import type { Limits, RuntimeOptions } from './runtime.ts';

export interface CreateSupervisorPort {
  readonly definitions: RegisteredDefinitions;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: Required<Limits>;
  readonly tap: Tap;
  readonly onError: (error: unknown) => void;
  readonly perform: (run: HostedRun) => Promise<Performed>;
}

const ROLES: ReadonlySet<string> = new Set(['all', 'orchestrator', 'worker']);

/** The supervisor of a runtime. Throws INPUT_INVALID for a role that is none, and a time that is none. */
export function createSupervisor(
  options: RuntimeOptions,
  { definitions, limits, ...port }: CreateSupervisorPort,
): Supervisor {
  const { stores, hooks = {}, inspect, recovery = 'resume', role = 'all' } = options;
  const { sweepMs = DEFAULT_SWEEP_MS, concurrency = DEFAULT_CONCURRENCY } = options;
  if (!ROLES.has(role)) {
    const message = `A role is one of ${[...ROLES].join(', ')}, got "${role}".`;
    throw new RunchartError('INPUT_INVALID', message);
  }
  checkNumber('sweepMs', sweepMs);
  const supervisor: Supervisor = new Supervisor({
    ...port,
    stores,
    role,
    dispatch: options.dispatch ?? createLanes(concurrency),
    maxEventBytes: limits.eventBytes,
    recovery: {
      policy: recovery,
      definitions: definitions.names,
      canDrive: (snapshot) => definitions.whyNot(snapshot) === undefined,
    },
    sweepMs,
    whyNot: (snapshot) => definitions.whyNot(snapshot),
    onOver: (snapshot) => cancelChildren(supervisor, snapshot).catch(port.onError),
    hooks,
    inspect,
  });
  return supervisor;
}
