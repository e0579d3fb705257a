import { EXIT } from '../cli-error.ts';
import type { Command } from '../command.ts';
import { FAMILY_LIMITS, familyOf } from '../family/family.ts';
import { familyLines } from '../family/family-lines.ts';
import { findRun } from '../runs.ts';
import { commandLine, withStore } from '../store.ts';

const WITHOUT_LIMITS = { perRun: Infinity, all: Infinity } as const;

/** `runchart tree RUN`: the family of a run. */
export const tree: Command = {
  name: 'tree',
  operands: 'RUN',
  summary: 'Show the family of a run: what it came from, its children and forks',
  details: [
    'A run that was deleted is named as such where another still tells of it. Of a big family those that',
    'go on come first, then those that failed; the others are counted.',
    'With --json: above (the first ancestor first) and run, with what is below it; info is null for a deleted run.',
  ],
  options: {
    all: {
      type: 'boolean',
      help: `every run of the family; default ${FAMILY_LIMITS.perRun} of a run, ${FAMILY_LIMITS.all} in all`,
    },
  },
  minPositionals: 1,
  maxPositionals: 1,
  run: (context) =>
    withStore(context, async (runtime) => {
      const { options, stdout, positionals } = context;
      const info = await findRun(runtime, positionals[0] ?? '');
      const limits = options['all'] === true ? WITHOUT_LIMITS : FAMILY_LIMITS;
      const family = await familyOf(runtime, info, limits);
      if (options['json'] === true) {
        await stdout.write(`${JSON.stringify(family, null, 2)}\n`);
        return EXIT.ok;
      }
      const lines = familyLines(family, {
        style: stdout.style,
        width: stdout.columns(),
        nowMs: Date.now(),
        allCommand: commandLine(context, 'tree', info.snapshot.runId, '--all'),
      });
      await stdout.write(`${lines.join('\n')}\n`);
      return EXIT.ok;
    }),
};
