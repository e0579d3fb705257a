/**
 * Runs for several users, mounted in an app of Hono: each user sees and does only what belongs to the
 * sessions of their own, and what is secret does not leave. The app is called as it is; on a port it would
 * be the same.
 */
import { Hono } from 'hono';
import { createRuntime, defineRun, isRunchartError, type Json } from 'runchart';
import { createClient } from 'runchart/client';
import { memory } from 'runchart/memory';
import { createServer } from 'runchart/server';

const USERS: Readonly<Record<string, string>> = { 'token-of-ada': 'ada', 'token-of-bob': 'bob' };

/** Who asks, as this program knows its users. */
function userOf(request: Request): string | undefined {
  return USERS[request.headers.get('authorization')?.replace(/^Bearer /, '') ?? ''];
}

/** A copy in which no member that is called `password` has a value. */
function withoutPasswords(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutPasswords);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]): [string, Json] => [
    name,
    name === 'password' ? '(hidden)' : withoutPasswords(member),
  ]);
  return Object.fromEntries(members);
}

const account = defineRun({
  name: 'account',
  execute: () => ({ user: 'ada', password: 'correct horse' }),
});

await using runtime = await createRuntime({ stores: memory(), definitions: [account] });
const server = createServer(runtime, {
  basePath: '/runs',
  authorize: ({ action, run, request, body }) => {
    const user = userOf(request);
    if (user === undefined) return false;
    if (run !== undefined) return run.sessionId === `of-${user}`;
    if (action !== 'startRun') return ['listRuns', 'followChanges'].includes(action);
    return (body as { readonly sessionId?: unknown }).sessionId === `of-${user}`;
  },
  redact: withoutPasswords,
});

const app = new Hono();
app.get('/', (context) => context.text('the rest of the app'));
app.all('/runs/*', ({ req }) => server.fetch(req.raw));

/** The same client as over a network, with the app in its place. */
function clientOf(token: string) {
  const send = async (input: string | URL | Request, init?: RequestInit): Promise<Response> =>
    app.fetch(new Request(input, init));
  return createClient('http://app.example/runs', { token, fetch: send });
}

await using ada = clientOf('token-of-ada');
const run = await ada.start(account, { sessionId: 'of-ada' });
console.log('ada gets', await run.result());

await using bob = clientOf('token-of-bob');
console.log('bob sees', (await bob.list()).runs.length, 'runs');
for (const what of [
  () => bob.get(run.id),
  () => bob.start(account, { sessionId: 'of-ada' }),
  () => bob.prune({ olderThanMs: 0 }),
]) {
  const outcome = await what().then(
    () => 'done',
    (error: unknown) => (isRunchartError(error) ? error.code : 'another error'),
  );
  console.log(`bob: ${outcome}`);
}

const inside = await runtime.get(run.id);
console.log('the log has', (await inside.snapshot()).result);
console.log(await (await app.request('/')).text());
await server.close();

// prints:
// ada gets { password: '(hidden)', user: 'ada' }
// bob sees 0 runs
// bob: FORBIDDEN
// bob: FORBIDDEN
// bob: FORBIDDEN
// the log has { password: 'correct horse', user: 'ada' }
// the rest of the app
