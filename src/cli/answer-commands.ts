import type { InterruptInfo } from '../index.ts';
import { oneLine } from './terminal/text.ts';

/** The command lines that answer a question. A shell refuses them until the answer is filled in. */
export function answerCommands(
  { runId, id, schema }: Pick<InterruptInfo, 'runId' | 'id' | 'schema'>,
  commandLine: (...words: string[]) => string,
): string[] {
  const { type } = Object(schema) as { readonly type?: unknown };
  const line = (answer: string): string =>
    `${oneLine(commandLine('resolve', runId, id))} ${answer}`;
  if (type === 'boolean') return [line('true'), line('false')];
  return [line(type === 'object' || type === 'array' ? '--value <JSON>' : '<ANSWER>')];
}
