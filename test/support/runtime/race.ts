import type { Receipt, Run } from '../../../src/index.ts';

export type Command = 'complete' | 'fail' | 'cancel';

/** All pairs, the equal ones too. */
export const PAIRS: readonly (readonly [Command, Command])[] = [
  ['complete', 'complete'],
  ['complete', 'fail'],
  ['complete', 'cancel'],
  ['fail', 'fail'],
  ['fail', 'cancel'],
  ['cancel', 'cancel'],
  ['fail', 'complete'],
  ['cancel', 'complete'],
  ['cancel', 'fail'],
];

export function send(run: Run, command: Command, by: string): Promise<Receipt> {
  if (command === 'complete') return run.complete(by);
  if (command === 'fail') return run.fail(new Error(by));
  return run.cancel({ reason: by });
}

/** What the parent of the race between processes tells a child, and what it answers. */
export type ToRacer =
  | { readonly kind: 'prepare'; readonly runIds: readonly string[] }
  | { readonly kind: 'go'; readonly commands: readonly Command[] }
  | { readonly kind: 'end' };
export type FromRacer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'receipts'; readonly receipts: readonly Receipt[] };
