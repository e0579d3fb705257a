import { type AnyDefinition, defineRun } from '../../../src/index.ts';

/** A run that has done some of everything when it starts a child, which does `last` in its last step. */
export function family(last: () => unknown): AnyDefinition[] {
  const child = defineRun({
    name: 'child',
    execute: async ({ step }) => {
      await step('done', () => 1);
      await step('hanging', async () => {
        await step('within', () => 2);
        await last();
      });
    },
  });
  const parent = defineRun({
    name: 'parent',
    execute: async ({ step, child: start }) => {
      await step('before', () => 3);
      await start(child);
    },
  });
  return [parent, child];
}
