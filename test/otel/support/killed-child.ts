/**
 * Drives a run until it is killed: `killed-child.ts <database> <spans>`. Spans are written to a file as they are
 * exported, and a line says when the run is in the middle of its work.
 */
import { appendFileSync } from 'node:fs';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { createRuntime } from '../../../src/index.ts';
import { openTelemetry } from '../../../src/otel/index.ts';
import { sqlite } from '../../../src/stores/sqlite/index.ts';
import { family } from './family.ts';
import { plain, withContexts } from './traced.ts';

const [, , file = '', paper = ''] = process.argv;
withContexts();
const tracerProvider = new BasicTracerProvider({
  spanProcessors: [
    new SimpleSpanProcessor({
      export: (spans, done) => {
        for (const span of spans) appendFileSync(paper, `${JSON.stringify(plain(span))}\n`);
        done({ code: 0 });
      },
      shutdown: async () => {},
    }),
  ],
});
const definitions = family(() => {
  process.stdout.write('in the middle\n');
  return new Promise(() => {});
});
const telemetry = openTelemetry({ tracerProvider });
const runtime = await createRuntime({ stores: sqlite(file), definitions, telemetry });
await runtime.start('parent', { runId: 'parent' });
