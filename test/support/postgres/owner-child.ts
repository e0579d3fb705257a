import { postgres } from '../../../src/stores/postgres/index.ts';

/** Enlists an owner, creates a run that it owns, and then tells of what it finds when a line comes in. */
const [url = '', schema = '', ownerId = '', leaseMs = ''] = process.argv.slice(2);
const stores = postgres({ url, schema, leaseMs: Number(leaseMs) });
await stores.open();
await stores.events.enlist(ownerId);
console.log('enlisted');
process.stdin.on('data', (chunk: Buffer) => {
  // The commit to append, as JSON.
  for (const line of String(chunk).split('\n').filter(Boolean)) {
    stores.events.append([JSON.parse(line)]).then(
      ([outcome]) => console.log(JSON.stringify(outcome)),
      (error: unknown) => console.log(String(error)),
    );
  }
});
