/**
 * A server that may be killed: `serving-child.ts DATABASE PORT [TOKEN]`. It drives nothing, and serves what
 * others record in the same store. Its parent hears where it listens, and what it holds whenever it asks.
 */
import { createRuntime, type Runtime } from '../../../src/index.ts';
import { listen } from '../../../src/server/index.ts';
import { sqlite } from '../../../src/stores/sqlite/index.ts';
import type { Held } from './serving-process.ts';

const [database = '', port = '0', token] = process.argv.slice(2);
let streams = 0;

/** The same runtime, of which those who follow what changes are counted. */
function counting(runtime: Runtime): Runtime {
  const changes: Runtime['changes'] = async function* changes(options) {
    streams += 1;
    try {
      yield* runtime.changes(options);
    } finally {
      streams -= 1;
    }
  };
  return new Proxy(runtime, {
    get: (_, name) => {
      if (name === 'changes') return changes;
      const member: unknown = Reflect.get(runtime, name, runtime);
      return typeof member === 'function' ? member.bind(runtime) : member;
    },
  });
}

function held(): Held {
  globalThis.gc?.();
  return { streams, heapBytes: process.memoryUsage().heapUsed };
}

const runtime = await createRuntime({ stores: sqlite(database) });
const { url, close } = await listen(counting(runtime), {
  port: Number(port),
  inspector: true,
  ...(token !== undefined && { token }),
});
process.on('message', (word) => {
  if (word === 'held') process.send?.(held());
  else {
    void close({ graceMs: 0 })
      .then(() => runtime.close({ graceMs: 0 }))
      .then(() => process.disconnect());
  }
});
process.send?.(url);
