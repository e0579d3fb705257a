import type { PruneOptions, PruneReport, TerminalStatus } from '../../index.ts';
import { TERMINAL_STATUSES } from '../../machines/index.ts';
import { EXIT, usageError } from '../cli-error.ts';
import type { Command, CommandContext, OptionValues } from '../command.ts';
import { durationOf, sessionOf, textsOf, wholeOf } from '../option-values.ts';
import { databaseBytes, withStore } from '../store.ts';
import { byteText, counted } from '../terminal/text.ts';

/** Ids that are named; all of them are in the JSON. */
const MAX_NAMED = 20;
/** What says which runs; `keep-events` says only what is done with them. */
const CRITERIA = ['older-than', 'status', 'session', 'keep'] as const;

/** What `prune --json` prints. */
interface Pruned extends PruneReport {
  readonly dryRun: boolean;
  /** Of the database on the disk, with its log; not there for that of a server. */
  readonly bytesBefore?: number;
  readonly bytesAfter?: number;
}

/** `runchart prune`: deletes runs that are over. */
export const prune: Command = {
  name: 'prune',
  operands: '',
  summary: 'Delete runs that are over, or cut their logs, and give the space back',
  details: [
    `It takes at least one of ${CRITERIA.map((name) => `--${name}`).join(', ')}; a run has to fit all that are given.`,
    'Active runs stay, and so do runs that others need: the source of a fork that stays, the parent of an',
    'active child, the child of an active parent. To delete all that is over: --older-than 0s.',
    'With --json: dryRun, runs (ids), kept (ids), blobs, blobBytes (contents of outputs), bytesBefore,',
    'bytesAfter (the database on the disk; not there with --server).',
  ],
  options: {
    'older-than': {
      type: 'string',
      value: 'TIME',
      help: 'only runs with nothing new for this long: 30d, 12h, 90m, 45s',
    },
    status: {
      type: 'string',
      value: 'S',
      multiple: true,
      help: `only runs that ended so: ${TERMINAL_STATUSES.join(', ')}`,
    },
    session: { type: 'string', value: 'S', help: 'only runs of this session' },
    keep: { type: 'string', value: 'N', help: 'keep the newest N runs of each session' },
    'keep-events': {
      type: 'string',
      value: 'N',
      help: 'delete no run: keep its record and its last N events',
    },
    'dry-run': { type: 'boolean', help: 'only say what would be done' },
  },
  minPositionals: 0,
  maxPositionals: 0,
  run: (context) => {
    const { options, stdout } = context;
    const wanted = pruneOptionsOf(options);
    return withStore(context, async (runtime) => {
      const bytesBefore = databaseBytes(context);
      const report = await runtime.prune(wanted);
      const dryRun = wanted.dryRun === true;
      const bytesAfter = databaseBytes(context);
      const pruned: Pruned = {
        dryRun,
        ...report,
        ...(bytesBefore !== undefined && { bytesBefore }),
        ...(bytesAfter !== undefined && { bytesAfter }),
      };
      const text =
        options['json'] === true
          ? JSON.stringify(pruned)
          : prunedLines(context, pruned, wanted.keepEvents).join('\n');
      await stdout.write(`${text}\n`);
      return EXIT.ok;
    });
  },
};

function pruneOptionsOf(options: OptionValues): PruneOptions {
  if (CRITERIA.every((name) => options[name] === undefined)) {
    const names = CRITERIA.map((name) => `--${name}`).join(', ');
    throw usageError(`prune needs to know which runs: ${names}; see runchart prune --help`);
  }
  const olderThanMs = durationOf(options, 'older-than');
  const statuses = textsOf(options, 'status').map(terminalOf);
  const sessionId = sessionOf(options);
  const keepPerSession = wholeOf(options, 'keep', 0);
  const keepEvents = wholeOf(options, 'keep-events', 1);
  return {
    dryRun: options['dry-run'] === true,
    ...(olderThanMs !== undefined && { olderThanMs }),
    ...(statuses.length > 0 && { statuses }),
    ...(sessionId !== undefined && { sessionId }),
    ...(keepPerSession !== undefined && { keepPerSession }),
    ...(keepEvents !== undefined && { keepEvents }),
  };
}

function terminalOf(text: string): TerminalStatus {
  const status = TERMINAL_STATUSES.find((known) => known === text);
  if (status !== undefined) return status;
  throw usageError(`--status is one of ${TERMINAL_STATUSES.join(', ')}, got "${text}"`);
}

function prunedLines({ stdout }: CommandContext, pruned: Pruned, keepEvents?: number): string[] {
  const { dryRun, runs, kept, blobs, blobBytes, bytesBefore, bytesAfter } = pruned;
  const verb = keepEvents === undefined ? 'deleted' : 'cut';
  const done = `${counted(runs.length, 'run')} ${dryRun ? 'would be ' : ''}${verb}`;
  const gone = `${counted(blobs, 'content')} of outputs ${dryRun ? 'would be ' : ''}deleted`;
  return [
    stdout.style('bold', done),
    ...named(runs),
    ...(kept.length === 0
      ? []
      : [`${counted(kept.length, 'run')} kept, as a fork, a parent or a child needs them`]),
    ...named(kept),
    ...(blobs === 0 ? [] : [`${gone}: ${byteText(blobBytes)}`]),
    ...(bytesBefore === undefined || bytesAfter === undefined
      ? []
      : [diskText(dryRun, bytesBefore, bytesAfter)]),
  ];
}

function diskText(dryRun: boolean, before: number, after: number): string {
  const now = dryRun ? '' : ` before, ${byteText(after)} now`;
  return `the database on the disk: ${byteText(before)}${now}`;
}

function named(ids: readonly string[]): string[] {
  const shown = ids.slice(0, MAX_NAMED).map((id) => `  ${id}`);
  const rest = ids.length - shown.length;
  return rest === 0 ? shown : [...shown, `  and ${rest} more; --json names all`];
}
