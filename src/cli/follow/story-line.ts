import type { Envelope, InterruptInfo, RunEvent } from '../../index.ts';
import { answerCommands } from '../answer-commands.ts';
import { cutTo, oneLine } from '../terminal/text.ts';
import { clockTime, duration } from '../terminal/time.ts';

/** The longest text of an event in a line, in columns. */
const MAX_TEXT = 160;
/** What is looked at of it, in characters. */
const MAX_UNITS = 4_000;
/** What is too much to be told one by one, and says nothing of how the run gets on. */
const SILENT: ReadonlySet<string> = new Set(['text.delta', 'heartbeat']);

type Payload = Readonly<Record<string, unknown>>;
type CommandLine = (...words: string[]) => string;

/** What an event means for its run, for people, in lines; none for those that say nothing by themselves. */
export function storyLines(
  { event, emittedAtMs, late, runId }: Envelope,
  commandLine: CommandLine,
): readonly string[] {
  if (SILENT.has(event.type)) return [];
  const tell = TELL.get(event.type) ?? otherwise;
  const told = tell(event, emittedAtMs).slice(0, MAX_UNITS);
  const line = oneLine(`${late ? 'late: ' : ''}${cutTo(oneLine(told), MAX_TEXT)}`);
  if (event.type !== 'interrupt.requested') return [line];
  const asked = { runId, id: String(event['interruptId']), schema: event['schema'] ?? null };
  const commands = answerCommands(asked as InterruptInfo, commandLine);
  return [line, ...commands.map((command) => `to answer it: ${command}`)];
}

type Tell = (event: RunEvent, atMs: number) => string;

const TELL: ReadonlyMap<string, Tell> = new Map(
  Object.entries<Tell>({
    'run.created': ({ prompt, definition }) =>
      `created ${textOf(definition) ?? ''}${textOf(prompt) ? `: ${textOf(prompt)}` : ''}`,
    'run.completed': ({ result }) => `completed: ${JSON.stringify(result ?? null)}`,
    'run.failed': ({ error }) => `failed: ${failureText(error)}`,
    'run.cancelled': ({ reason }) => `cancelled: ${textOf(reason) ?? 'no reason given'}`,
    'attempt.started': ({ attempt, owner }) =>
      `attempt ${String(attempt)} began, by ${String(owner)}`,
    'attempt.ended': ({ attempt, reason, wakeAtMs }, atMs) => {
      const until =
        typeof wakeAtMs === 'number' && wakeAtMs > 0 ? ` until ${clockTime(wakeAtMs, atMs)}` : '';
      return `attempt ${String(attempt)} ended: ${String(reason)}${until}`;
    },
    'step.started': ({ name, untilMs }, atMs) =>
      typeof untilMs === 'number'
        ? `${String(name)} waits for ${duration(untilMs - atMs)}`
        : `${String(name)} began`,
    'step.completed': ({ name }) => `${String(name)} is done`,
    'step.failed': ({ name, error, tries, retryAtMs }, atMs) => {
      const again = typeof retryAtMs === 'number' ? `, again in ${duration(retryAtMs - atMs)}` : '';
      return `${String(name)} failed at try ${String(tries)}${again}: ${failureText(error)}`;
    },
    'interrupt.requested': ({ question }) => `asks: ${String(question)}`,
    'interrupt.resolved': ({ interruptId, outcome, value }) =>
      `${String(interruptId)} is ${String(outcome)}${value === undefined ? '' : `: ${JSON.stringify(value)}`}`,
    'output.appended': ({ kind, producer, name }) =>
      `output ${String(kind)} of ${String(producer)}${typeof name === 'string' ? `: ${name}` : ''}`,
    'child.started': ({ childRunId, definition }) =>
      `child ${String(childRunId)} of ${String(definition)} began`,
    'run.forked': ({ forkRunId }) => `forked into ${String(forkRunId)}`,
    log: ({ level, message }) => `${String(level)}: ${String(message)}`,
  }),
);

function otherwise({ type, ...payload }: RunEvent): string {
  return Object.keys(payload).length === 0 ? type : `${type} ${JSON.stringify(payload)}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function failureText(error: unknown): string {
  const { code, name, message } = Object(error) as Payload;
  return `${String(code ?? name)}: ${String(message)}`;
}
