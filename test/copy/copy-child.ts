import { writeSync } from 'node:fs';
import { copyStores } from '../../src/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { wrapStores } from '../../src/testing/index.ts';

// Copies one SQLite file to another, and says of each write when it begins and ends: the test kills it in between.
const [from = '', to = ''] = process.argv.slice(2);
const say = (text: string): void => void writeSync(1, `${text}\n`);
const target = wrapStores(sqlite(to), async ({ method }, proceed) => {
  if (!/import|put|forget|cut/.test(method)) return proceed();
  say(method);
  const answer = await proceed();
  say(`${method} done`);
  return answer;
});
const copy = copyStores(sqlite(from, { writer: 'inline' }), target, { verify: false });
for (let next = await copy.next(); ; next = await copy.next()) {
  if (next.done !== true) continue;
  say(next.value.ok ? 'whole' : `not whole: ${JSON.stringify(next.value.left)}`);
  break;
}
