/** Cancels runs from a process that has nothing else to do with them: `outsider-child.ts <settings>`. */
import { createRuntime } from '../../../src/index.ts';
import { againAndAgain } from './again-and-again.ts';
import { cancelSomething } from './canceller.ts';
import { noteFault, noteStored } from './paper.ts';
import { ready, thisPart } from './part.ts';

/** Longest pause between two cancels, in milliseconds. */
const CANCEL_MS = 5_000;

const part = await thisPart();
const { stores, paper, random } = part;
await using runtime = await createRuntime({
  stores,
  role: 'orchestrator',
  observe: noteStored(paper),
  onError: noteFault(paper),
});
ready();
await againAndAgain(
  part,
  () => random() * CANCEL_MS,
  () => cancelSomething(runtime, part),
);
