import type {
  CaseResult,
  ConformanceCase,
  ConformanceReport,
  LeftOutCase,
} from '../../testing/index.ts';
import { EXIT, usageError } from '../cli-error.ts';
import type { Command, CommandContext } from '../command.ts';
import { loadFixture } from '../load-fixture.ts';
import { secondsOf, textOf } from '../option-values.ts';
import { counted, oneLine } from '../terminal/text.ts';

/** What is left running by stores that do not close has this long to end, in milliseconds. */
const LINGER_MS = 1_000;

/** `runchart conformance MODULE`: runs the contracts of the stores on stores of one's own. */
export const conformance: Command = {
  name: 'conformance',
  operands: 'MODULE',
  summary: 'Run every case of the contracts on stores of your own',
  details: [
    'MODULE exports, by default or as `createStores` or `stores`, a function `(place) => Stores`, or',
    '`{ createStores, release? }`. It is called with the path of a new folder, and MUST NOT open them.',
    'What the stores do not declare in `events.capabilities` is not asked of them, and is told.',
    'Exit code 1 when a case failed.',
  ],
  options: {
    quick: { type: 'boolean', help: 'leave out the cases that take seconds' },
    only: {
      type: 'string',
      value: 'TEXT',
      help: 'cases with TEXT in their contract or their name',
    },
    timeout: { type: 'string', value: 'S', help: 'seconds for one case; default 30' },
  },
  minPositionals: 1,
  maxPositionals: 1,
  run: async (context) => {
    const { options, positionals, stdout } = context;
    const caseLimitMs = secondsOf(options, 'timeout');
    const fixture = await loadFixture(positionals[0] ?? '', context.cwd);
    // Only this command needs the cases.
    const { conformanceCases, runConformance } = await import('../../testing/index.ts');
    const text = textOf(options, 'only') ?? '';
    const only = ({ contract, name }: ConformanceCase): boolean =>
      `${contract}: ${name}`.includes(text);
    if (!conformanceCases.some(only)) throw usageError(`no case has "${text}" in it`);
    const isJson = options['json'] === true;
    const report = await runConformance(fixture, {
      only,
      quick: options['quick'] === true,
      ...(caseLimitMs !== undefined && { caseLimitMs }),
      onCase: (result) => stdout.write(isJson ? `${jsonOf(result)}\n` : lineOf(context, result)),
    });
    for (const one of report.leftOut) {
      await stdout.write(isJson ? `${jsonOfLeftOut(one)}\n` : leftOutLine(context, one));
    }
    if (!isJson) await stdout.write(lastLine(context, report));
    // It only strikes when the stores hold the process back.
    setTimeout(() => process.exit(), LINGER_MS).unref();
    return report.ok ? EXIT.ok : EXIT.failed;
  },
};

function lineOf({ stdout }: CommandContext, result: CaseResult): string {
  if (result.passed) return '';
  const { contract, name } = result.case;
  return `${stdout.style('red', 'failed')}   ${contract}: ${name}: ${oneLine(result.reason)}\n`;
}

function leftOutLine({ stdout }: CommandContext, { case: one, reason }: LeftOutCase): string {
  return `${stdout.style('dim', 'left out')} ${one.contract}: ${one.name}: ${reason}\n`;
}

function lastLine({ stdout }: CommandContext, report: ConformanceReport): string {
  const { results, failed, leftOut } = report;
  const verdict =
    failed.length === 0
      ? stdout.style('green', 'all passed')
      : stdout.style('red', `${failed.length} failed`);
  const rest = leftOut.length === 0 ? '' : `, ${leftOut.length} left out`;
  return `${counted(results.length, 'case')}: ${verdict}${rest}\n`;
}

function jsonOf(result: CaseResult): string {
  const { contract, name } = result.case;
  const outcome = result.passed ? 'passed' : 'failed';
  const reason = result.passed ? null : result.reason;
  const durationMs = Math.round(result.durationMs);
  return JSON.stringify({ contract, name, outcome, reason, durationMs });
}

function jsonOfLeftOut({ case: one, reason, missing }: LeftOutCase): string {
  const { contract, name } = one;
  return JSON.stringify({ contract, name, outcome: 'left-out', reason, missing });
}
