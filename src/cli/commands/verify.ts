import type { Runtime, Verification } from '../../index.ts';
import { EXIT } from '../cli-error.ts';
import type { Command } from '../command.ts';
import { allRuns, findRun } from '../runs.ts';
import { withStore } from '../store.ts';
import { counted } from '../terminal/text.ts';

/** `runchart verify [RUN]`: folds logs again and compares them with what is stored. */
export const verify: Command = {
  name: 'verify',
  operands: '[RUN]',
  summary: 'Fold every log again, or one, and compare it with what is stored',
  options: {},
  minPositionals: 0,
  maxPositionals: 1,
  run: (context) =>
    withStore(context, async (runtime) => {
      const { options, stdout, positionals } = context;
      const isJson = options['json'] === true;
      let [runs, events, bad] = [0, 0, 0];
      for await (const verification of verifications(runtime, positionals[0])) {
        runs += 1;
        events += verification.events;
        if (!verification.ok) bad += 1;
        if (isJson) await stdout.write(`${JSON.stringify(verification)}\n`);
        else {
          for (const problem of verification.problems) {
            await stdout.write(`${verification.runId}: ${problem}\n`);
          }
        }
      }
      if (!isJson) {
        const verdict =
          bad === 0
            ? stdout.style('green', 'all agree')
            : stdout.style('red', `${bad} do not agree`);
        await stdout.write(`${counted(runs, 'run')}, ${counted(events, 'event')}: ${verdict}\n`);
      }
      return bad === 0 ? EXIT.ok : EXIT.failed;
    }),
};

async function* verifications(
  runtime: Runtime,
  name: string | undefined,
): AsyncGenerator<Verification, void, void> {
  if (name !== undefined) {
    const { snapshot } = await findRun(runtime, name);
    yield await runtime.verify(snapshot.runId);
    return;
  }
  for await (const { snapshot } of allRuns(runtime)) yield await runtime.verify(snapshot.runId);
}
