import { createHash } from 'node:crypto';

/** What the outputs of one attempt are recognised by in the attempts that follow. */
export interface OutputKeys {
  /**
   * The key of the output that is given out now. Which one of its kind it is counts from the call on,
   * also where the content comes later. `content` is only asked for inside of a step.
   */
  key(
    kind: string,
    producer: string,
    name: string,
    content: () => string | Promise<string>,
  ): string | Promise<string>;
  /** A step is tried (again): what it gives out is counted anew. */
  begin(step: string): void;
}

/** Characters of a digest in a key: 64 bits among the outputs of one try. */
const DIGEST_LENGTH = 16;

/**
 * Keys by occurrence. Outside of steps a definition's code does the same each time, so the n-th output of
 * a name is the n-th again: `kind/producer/name#n`. What a step does may differ from try to try, so there
 * the content counts as well: `step|kind/producer/name~digest#n`. `scope` answers the step that runs,
 * `number` which time outside of steps something is given out under that name.
 */
export function outputKeys(
  scope: () => string | undefined,
  number: (name: string) => number,
): OutputKeys {
  const counts = new Map<string, Map<string, number>>();
  return {
    key: (kind, producer, name, content) => {
      const step = scope();
      const about = `${kind}/${producer}/${name}`;
      if (step === undefined) return `${about}#${number(about)}`;
      const inTry = counts.get(step) ?? new Map<string, number>();
      counts.set(step, inTry);
      const withDigest = (text: string): string => `${step}|${about}~${shortDigest(text)}`;
      // A try that is over, and still gives something out, does not count for the next one.
      const text = content();
      if (typeof text === 'string') return numbered(inTry, withDigest(text));
      return text.then((late) => numbered(inTry, withDigest(late)));
    },
    begin: (step) => void counts.delete(step),
  };
}

function numbered(counts: Map<string, number>, name: string): string {
  const n = (counts.get(name) ?? 0) + 1;
  counts.set(name, n);
  return `${name}#${n}`;
}

function shortDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGEST_LENGTH);
}
