import { setup } from 'xstate';

/** The life of a supervisor, as an inspector shows it. */
export const supervisorMachine = setup({
  types: {
    events: {} as
      | { type: 'stores.opened' }
      | { type: 'runs.recovered' }
      | { type: 'drain' }
      | { type: 'close' }
      | { type: 'stores.closed' }
      | { type: 'failed' },
    tags: {} as 'accepting' | 'working',
  },
}).createMachine({
  id: 'supervisor',
  initial: 'opening',
  states: {
    opening: { on: { 'stores.opened': 'recovering', failed: 'closed' } },
    /** What others left behind is being found; it may be driven at once, and may start runs. */
    recovering: {
      tags: ['accepting', 'working'],
      on: { 'runs.recovered': 'running', close: 'closing' },
    },
    /** New runs are accepted. */
    running: { tags: ['accepting', 'working'], on: { drain: 'draining', close: 'closing' } },
    /** No new runs; those that were accepted go on, and commands to them are heard. */
    draining: { tags: 'working', on: { close: 'closing' } },
    /** No more commands; what is being written is waited for. */
    closing: { on: { 'stores.closed': 'closed', failed: 'closed' } },
    closed: { type: 'final' },
  },
});
