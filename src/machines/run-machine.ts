import { assign, setup } from 'xstate';
import type { RunEvent } from './run-events.ts';
import { EMPTY_FIELDS, FIELD_RULES, type FieldRule, type RunFields } from './run-fields.ts';

/** An action that applies one field rule to the chart's context. */
const applying = (rule: FieldRule) =>
  assign<RunFields, RunEvent, undefined, RunEvent, never>(({ context, event }) =>
    FIELD_RULES[rule](context, event),
  );

const parts = setup({
  types: {
    context: {} as RunFields,
    events: {} as RunEvent,
    input: undefined as Partial<RunFields> | undefined,
    tags: {} as 'active' | 'terminal',
  },
  actions: {
    keepFirstPrompt: applying('keepFirstPrompt'),
    setResult: applying('setResult'),
    setError: applying('setError'),
    setCancelReason: applying('setCancelReason'),
    setVerification: applying('setVerification'),
    beginAttempt: applying('beginAttempt'),
    park: applying('park'),
    openInterrupt: applying('openInterrupt'),
    settleInterrupt: applying('settleInterrupt'),
    wake: applying('wake'),
  },
});

/**
 * The statechart that IS a run's status, and the one source of it: the fold is compiled from it,
 * diagrams are drawn from it, live actors step through it.
 *
 * It MUST stay free of a root `on`, `after`, `invoke` and `always`: nothing but a recorded event may
 * move a run, and a final state must have no way out. It does not count events: the log does.
 */
export const runMachine = parts.createMachine({
  id: 'run',
  version: '2',
  context: ({ input }) => ({ ...EMPTY_FIELDS, ...input }),
  initial: 'active',
  states: {
    active: {
      tags: 'active',
      initial: 'created',
      on: {
        'attempt.started': { actions: 'beginAttempt' },
        'attempt.ended': { actions: 'park' },
        'interrupt.requested': { actions: 'openInterrupt' },
        'interrupt.resolved': { actions: 'settleInterrupt' },
        'signal.received': { actions: 'wake' },
        'run.started': { target: '.executing', actions: 'keepFirstPrompt' },
        'planning.started': { target: '.planning' },
        'step.started': { target: '.executing' },
        'tool.started': { target: '.executing' },
        'turn.started': { target: '.executing' },
        'verification.started': { target: '.verifying' },
        'verification.reported': { actions: 'setVerification' },
        'run.completed': { target: 'completed', actions: 'setResult' },
        'run.failed': { target: 'failed', actions: 'setError' },
        'run.cancelled': { target: 'cancelled', actions: 'setCancelReason' },
      },
      states: {
        created: {},
        planning: {
          on: {
            'planning.completed': { target: 'executing' },
            // A step taken while planning is part of the planning: handled here, so that it stays.
            'step.started': {},
            'tool.started': {},
            'turn.started': {},
          },
        },
        executing: {},
        verifying: {},
      },
    },
    completed: { type: 'final', tags: 'terminal' },
    failed: { type: 'final', tags: 'terminal' },
    cancelled: { type: 'final', tags: 'terminal' },
  },
});

export type RunMachine = typeof runMachine;
