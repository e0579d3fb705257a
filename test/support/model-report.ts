import fc from 'fast-check';
import {
  COMMAND_KINDS,
  coverage,
  coverageTable,
  runCommands,
  runtimeCommands,
} from '../../src/testing/model/index.ts';
import { PLACES } from './runtime/helpers.ts';

/** The seed of the commands that are told of: with another one other commands come. */
const SEED = 20_260_101;
/** How many sequences of commands, by place. */
const SEQUENCES: Readonly<Record<string, number>> = { memory: 25, 'sqlite inline': 5 };

/** What the commands did on one place. */
interface Done {
  readonly place: string;
  readonly sequences: number;
  readonly runs: number;
  readonly events: number;
  readonly byKind: ReadonlyMap<string, number>;
}

/**
 * What the kit covers, as Markdown: the same text each time. Rejects when the chart is not covered, or
 * when a runtime departs from the model.
 */
export async function modelReport(): Promise<string> {
  const done: Done[] = [];
  for (const [place, create] of PLACES) {
    done.push(await commandsOn(place, create));
  }
  const heads = done.map(({ place }) => place);
  const line = (name: string, value: (of: Done) => number): string =>
    `| ${name} | ${done.map(value).join(' | ')} |`;
  return [
    coverageTable(coverage()),
    `| commands, from seed ${SEED} | ${heads.join(' | ')} |`,
    `|---|${heads.map(() => '---|').join('')}`,
    line('sequences', ({ sequences }) => sequences),
    line('runs that they made', ({ runs }) => runs),
    line('events that they recorded', ({ events }) => events),
    ...COMMAND_KINDS.map((kind) => line(kind, ({ byKind }) => byKind.get(kind) ?? 0)),
    '',
  ].join('\n');
}

async function commandsOn(place: string, create: (typeof PLACES)[number][1]): Promise<Done> {
  const sequences = SEQUENCES[place] ?? 0;
  const byKind = new Map<string, number>();
  let [runs, events] = [0, 0];
  await fc.assert(
    fc.asyncProperty(runtimeCommands(), async (commands) => {
      using at = create();
      const report = await runCommands(commands, { stores: () => at.stores() });
      for (const [kind, n] of report.byKind) byKind.set(kind, (byKind.get(kind) ?? 0) + n);
      runs += report.runs;
      events += report.events;
    }),
    { seed: SEED, numRuns: sequences },
  );
  return { place, sequences, runs, events, byKind };
}
