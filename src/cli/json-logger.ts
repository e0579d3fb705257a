import type { LogFields, Logger } from '../index.ts';
import type { Sink } from './terminal/sink.ts';

/** Writes each line as JSON: `time` as ISO 8601, `level`, the fields, and `msg`. A stream that is gone is let be. */
export function jsonLogger(to: Pick<Sink, 'write'>, now: () => number): Logger {
  const write =
    (level: string) =>
    (fields: LogFields, msg: string): void => {
      const time = new Date(now()).toISOString();
      void to.write(`${JSON.stringify({ time, level, ...fields, msg })}\n`).catch(() => undefined);
    };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}
