import type { Command } from '../command.ts';
import { cancel } from './cancel.ts';
import { checkpoints } from './checkpoints.ts';
import { conformance } from './conformance.ts';
import { copy } from './copy.ts';
import { diagram } from './diagram.ts';
import { doctor } from './doctor.ts';
import { events } from './events.ts';
import { exec } from './exec.ts';
import { explain } from './explain.ts';
import { fork } from './fork.ts';
import { inspect } from './inspect.ts';
import { interrupts } from './interrupts.ts';
import { ls } from './ls.ts';
import { outputs } from './outputs.ts';
import { prune } from './prune.ts';
import { resolve } from './resolve.ts';
import { send } from './send.ts';
import { serve } from './serve.ts';
import { show } from './show.ts';
import { tree } from './tree.ts';
import { verify } from './verify.ts';
import { watch } from './watch.ts';
import { work } from './work.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  exec,
  ls,
  watch,
  show,
  tree,
  events,
  outputs,
  interrupts,
  resolve,
  send,
  checkpoints,
  fork,
  cancel,
  verify,
  explain,
  prune,
  copy,
  inspect,
  serve,
  work,
  diagram,
  doctor,
  conformance,
];
