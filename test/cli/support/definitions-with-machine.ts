import { createMachine } from 'xstate';
import { defineRun } from '../../../src/index.ts';

export const code = defineRun({ name: 'code', execute: async () => {} });

export const door = defineRun({
  name: 'door',
  machine: createMachine({
    id: 'door',
    initial: 'shut',
    states: { shut: { on: { OPEN: 'open' } }, open: { type: 'final' } },
  }),
});
