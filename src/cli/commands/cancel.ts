import type { Receipt } from '../../index.ts';
import { EXIT } from '../cli-error.ts';
import type { Command } from '../command.ts';
import { textOf } from '../option-values.ts';
import { isProcessAlive } from '../process/process-group.ts';
import { lastProcessOf } from '../recorded-process.ts';
import { isLeftBehind } from '../run-standing.ts';
import { openRun } from '../runs.ts';
import { serverOf } from '../server-address.ts';
import { withStore } from '../store.ts';

/** `runchart cancel RUN`: ends a run for good, whoever drives it. */
export const cancel: Command = {
  name: 'cancel',
  operands: 'RUN',
  summary: 'Cancel a run for good, whoever drives it',
  details: ['Exit code 0 when the run is cancelled, now or before; 1 when it was over otherwise.'],
  options: { reason: { type: 'string', value: 'R', help: 'kept with the run' } },
  minPositionals: 1,
  maxPositionals: 1,
  run: (context) =>
    withStore(context, async (runtime) => {
      const { options, stdout, stderr } = context;
      const { run, info } = await openRun(runtime, context.positionals[0] ?? '');
      const reason = textOf(options, 'reason');
      const receipt = await run.cancel(reason === undefined ? {} : { reason });
      const text =
        options['json'] === true ? JSON.stringify({ runId: run.id, ...receipt }) : inWords(receipt);
      await stdout.write(`${text}\n`);
      // The processes of this machine say nothing about a run of a server.
      const isHere = serverOf(context) === undefined;
      const left = isHere && isLeftBehind(info) ? await lastProcessOf(run) : undefined;
      if (left !== undefined && isProcessAlive(left.pid)) {
        await stderr.write(
          `nobody drove this run, so no process was ended; one with the id it recorded is still there: ` +
            `look with ps -p ${left.pid}, and if it is the one, kill -- -${left.pid}\n`,
        );
      }
      return receipt.status === 'cancelled' ? EXIT.ok : EXIT.failed;
    }),
};

function inWords({ outcome, status, seq }: Receipt): string {
  return outcome === 'cancelled' ? `cancelled at seq ${seq}` : `already ${status} at seq ${seq}`;
}
