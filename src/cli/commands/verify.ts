import {
  isRunchartError,
  type Runtime,
  type Verification,
  type VerifyOptions,
} from '../../index.ts';
import { errorLine, EXIT } from '../cli-error.ts';
import type { Command, CommandContext } from '../command.ts';
import { findRun, isNamed } from '../runs.ts';
import { withStore } from '../store.ts';
import { counted } from '../terminal/text.ts';

/** `runchart verify [RUN]`: proves what is stored, of every run or of one. */
export const verify: Command = {
  name: 'verify',
  operands: '[RUN]',
  summary: 'Prove what is stored of every run, or of one: logs, snapshots, outputs, lineage',
  details: [
    'Folds logs again and compares; looks whether what they tell of is there. Exit code 1: something is not right.',
    'With --json, one line per run; two stores have the same run when its sha256 is the same.',
    'Of all runs it also looks for damage of the file, and for runs that are gone and were not pruned.',
  ],
  options: {
    blobs: { type: 'boolean', help: 'read the files of outputs, all of them' },
    chain: { type: 'boolean', help: 'check the chains of hashes, and say where one breaks first' },
  },
  minPositionals: 0,
  maxPositionals: 1,
  run: (context) =>
    withStore(context, async (runtime) => {
      const { options, stdout, positionals } = context;
      const given = { blobs: options['blobs'] === true, chain: options['chain'] === true };
      let [runs, events, bad] = [0, 0, 0];
      for await (const verification of verifications(runtime, positionals[0], given)) {
        runs += 1;
        events += verification.events;
        if (!verification.ok) bad += 1;
        await tell(context, verification);
      }
      const damage = positionals[0] === undefined ? await damageOf(context, runtime) : 0;
      if (options['json'] !== true) {
        const verdict =
          bad + damage === 0
            ? stdout.style('green', 'all agree')
            : stdout.style('red', bad === 0 ? 'the store is damaged' : `${bad} do not agree`);
        await stdout.write(`${counted(runs, 'run')}, ${counted(events, 'event')}: ${verdict}\n`);
      }
      return bad + damage === 0 ? EXIT.ok : EXIT.failed;
    }),
};

async function tell(
  { options, stdout }: CommandContext,
  verification: Verification,
): Promise<void> {
  if (options['json'] === true) {
    await stdout.write(`${JSON.stringify(verification)}\n`);
    return;
  }
  for (const problem of verification.problems) await stdout.write(`${problem}\n`);
  for (const note of verification.notes) {
    await stdout.write(`${stdout.style('dim', `note: ${note}`)}\n`);
  }
}

/** Tells what is wrong with the store as a whole: how many things. */
async function damageOf({ stderr }: CommandContext, runtime: Runtime): Promise<number> {
  const problems = await problemsOf(runtime);
  // Not among the lines of --json, which are runs.
  for (const problem of problems) await stderr.write(`The store: ${problem}\n`);
  return problems.length;
}

async function problemsOf(runtime: Runtime): Promise<readonly string[]> {
  try {
    return (await runtime.diagnose()).problems;
  } catch (error) {
    return [errorLine(error)];
  }
}

async function* verifications(
  runtime: Runtime,
  name: string | undefined,
  options: VerifyOptions,
): AsyncGenerator<Verification, void, void> {
  if (name === undefined) yield* runtime.verifyAll(options);
  else yield await verificationOf(runtime, name, options);
}

/** Of a run by its id, a part of it, or `@last`; also where snapshots that finding it would read are damaged. */
async function verificationOf(
  runtime: Runtime,
  name: string,
  options: VerifyOptions,
): Promise<Verification> {
  try {
    return await runtime.verify(name, options);
  } catch (error) {
    if (!isRunchartError(error, 'RUN_NOT_FOUND')) throw error;
  }
  try {
    return await runtime.verify((await findRun(runtime, name)).snapshot.runId, options);
  } catch (error) {
    if (!isRunchartError(error, 'STORE_CORRUPT')) throw error;
    const found = await foundByVerifying(runtime, name, options);
    if (found === undefined) throw error;
    return found;
  }
}

/** Lists of runs have their snapshots; verifying each needs none to be readable. Newest first, like a list. */
async function foundByVerifying(
  runtime: Runtime,
  name: string,
  options: VerifyOptions,
): Promise<Verification | undefined> {
  const found: Verification[] = [];
  for await (const verification of runtime.verifyAll(options)) {
    if (name === '@last') return verification;
    const { runId } = verification;
    if (isNamed(runId, name)) found.push(verification);
  }
  return found.length === 1 ? found[0] : undefined;
}
