import type { Json } from '../../../json.ts';
import { readJsonText } from '../parts/json-text.ts';

/** What is typed for the channels that are edited, by name. */
export type EditTexts = Readonly<Record<string, string>>;

/** The edits that the texts come to, or what is wrong with them, by channel. */
export interface ReadEdits {
  readonly edits: readonly (readonly [channel: string, value: Json])[];
  readonly problems: ReadonlyMap<string, string>;
}

export function readEdits(texts: EditTexts): ReadEdits {
  const edits: (readonly [string, Json])[] = [];
  const problems = new Map<string, string>();
  for (const [channel, text] of Object.entries(texts)) {
    const read = readJsonText(text);
    if (read.ok) edits.push([channel, read.value]);
    else problems.set(channel, read.problem);
  }
  return { edits, problems };
}

/** The channel that a refusal is about: its message names it in quotation marks. */
export function refusedChannel(message: string, channels: readonly string[]): string | undefined {
  return channels.find((channel) => message.includes(`"${channel}"`));
}

/** The first lines of a value, for a row. */
export function shortText(value: unknown, length = 140): string {
  const text = JSON.stringify(value) ?? '';
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
