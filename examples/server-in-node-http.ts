/**
 * A server that a program has anyway, with runs below `/runchart` and a page of its own beside them. What
 * answers is a standard fetch handler; Node's own server needs a listener that speaks to it.
 */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { createRuntime, defineRun } from 'runchart';
import { createClient } from 'runchart/client';
import { memory } from 'runchart/memory';
import { createServer } from 'runchart/server';
import { z } from 'zod';

const greet = defineRun({
  name: 'greet',
  input: z.string(),
  execute: async ({ input, step, outputs }) => {
    const text = await step('write', () => `Hello, ${input}!`);
    await outputs.artifact('card', { text });
    return text;
  },
});

await using runtime = await createRuntime({ stores: memory(), definitions: [greet] });
const server = createServer(runtime, { basePath: '/runchart' });
const runs = getRequestListener((request) => server.fetch(request), {
  overrideGlobalObjects: false,
});

const http = createHttpServer((request, response) => {
  if (request.url?.startsWith('/runchart/') === true) void runs(request, response);
  else response.end('a page of the program\n');
});
http.listen(0, '127.0.0.1');
await once(http, 'listening');
const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

// Any other program: it knows the definition by its name, and the types from where it is defined.
await using client = createClient(`${url}/runchart`);
const run = await client.start(greet, { input: 'Ada' });
for await (const { seq, event } of run.events()) console.log(seq, event.type);
console.log(await run.result());
const card = await run.outputs.latestByArtifact('card');
if (card !== undefined) console.log(await run.outputs.value(card));
process.stdout.write(await (await fetch(url)).text());

// New work is refused, streams are told, and only then nobody listens any more.
await server.close();
http.close();
http.closeIdleConnections();

// prints:
// 1 run.created
// 2 attempt.started
// 3 run.started
// 4 step.started
// 5 step.completed
// 6 output.appended
// 7 run.completed
// Hello, Ada!
// { text: 'Hello, Ada!' }
// a page of the program
