import type { Json } from '../../index.ts';
import { EXIT, usageError } from '../cli-error.ts';
import type { Command, OptionValues } from '../command.ts';
import { jsonOf, sessionOf, textsOf, wholeOf } from '../option-values.ts';
import { findRun } from '../runs.ts';
import { withStore } from '../store.ts';
import { oneLine } from '../terminal/text.ts';

/** `runchart fork RUN`: a new run from a checkpoint of another. */
export const fork: Command = {
  name: 'fork',
  operands: 'RUN',
  summary: 'Start a new run from a checkpoint of another, and print its id',
  details: [
    'The other run stays as it is. What it did before the checkpoint is remembered, what came later is not.',
    'Nobody drives the new run until a program that has its definition registered goes on with it.',
    'A value of --set that does not look like JSON is a text: --set note=hello. With --json: runId, and',
    'forkedFrom with runId, superStep and version.',
  ],
  options: {
    step: { type: 'string', value: 'N', help: 'begin with super-step N; default the last' },
    set: {
      type: 'string',
      value: 'CHANNEL=JSON',
      multiple: true,
      help: 'begin with this value of a channel',
    },
    merge: { type: 'boolean', help: "the values are merged by the channels' reducers, not set" },
    session: { type: 'string', value: 'S', help: 'the session of the new run; default its own' },
  },
  minPositionals: 1,
  maxPositionals: 1,
  run: (context) => {
    const { options, stdout, stderr, positionals } = context;
    const superStep = wholeOf(options, 'step', 0);
    const edits = textsOf(options, 'set').map(settingOf);
    const throughReducers = isMerge(options, edits.length);
    const sessionId = sessionOf(options);
    return withStore(context, async (runtime) => {
      const { runId } = (await findRun(runtime, positionals[0] ?? '')).snapshot;
      const key = { runId, ...(superStep !== undefined && { superStep }) };
      const given = { edits, throughReducers, ...(sessionId !== undefined && { sessionId }) };
      const run = await runtime.fork(key, given);
      const { definition, forkedFrom } = await run.snapshot();
      if (options['json'] === true) {
        await stdout.write(`${JSON.stringify({ runId: run.id, forkedFrom })}\n`);
        return EXIT.ok;
      }
      await stdout.write(`${run.id}\n`);
      await stderr.write(
        `nobody drives it yet: a program with "${oneLine(definition ?? '')}" registered goes on with it\n`,
      );
      return EXIT.ok;
    });
  },
};

function isMerge(options: OptionValues, edits: number): boolean {
  if (options['merge'] !== true) return false;
  if (edits > 0) return true;
  throw usageError('--merge needs something to merge: --set CHANNEL=JSON');
}

/** What would be JSON if it were not broken: as a text it would hide a slip of the pen. */
const LOOKS_LIKE_JSON = /^\s*[[{"]/;

function settingOf(text: string): readonly [channel: string, value: Json] {
  const at = text.indexOf('=');
  if (at < 1) throw usageError(`--set takes CHANNEL=JSON, got "${oneLine(text)}"`);
  const [channel, value] = [text.slice(0, at), text.slice(at + 1)];
  if (LOOKS_LIKE_JSON.test(value)) return [channel, jsonOf(`--set ${channel}`, value)];
  try {
    return [channel, JSON.parse(value) as Json];
  } catch {
    return [channel, value];
  }
}
