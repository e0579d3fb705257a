import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { createRuntime } from '../../src/index.ts';
import { openTelemetry } from '../../src/otel/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { family } from './support/family.ts';
import { gapsOf, plain, type PlainSpan, traced, treeOf, withContexts } from './support/traced.ts';

const CHILD = fileURLToPath(new URL('support/killed-child.ts', import.meta.url));

it('a run and its child are one trace without a gap, though kill -9 came in the middle', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runchart-otel-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  onTestFinished(withContexts());
  const [file, paper] = [join(folder, 'runs.db'), join(folder, 'spans')];
  const killed = spawn(process.execPath, [CHILD, file, paper], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(killed.stdout, 'data');
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const { tracerProvider, spans } = traced();
  const runtime = await createRuntime({
    stores: sqlite(file),
    definitions: family(() => 4),
    telemetry: openTelemetry({ tracerProvider }),
  });
  await (await runtime.get('parent')).result();
  await runtime.close();
  const before = readFileSync(paper, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as PlainSpan);
  const all = [...before, ...spans().map(plain)];
  expect(gapsOf(all)).toEqual([]);
  const tree = treeOf(all);
  expect(tree).toEqual(
    expect.arrayContaining([
      'start parent',
      'start child < begin child child',
      'step done < start child',
      'step within < begin hanging',
      'step hanging < start child',
      'step child child < start parent',
      'invoke_agent child < start child',
      'invoke_agent parent < start parent',
    ]),
  );
  // What was done before the kill is remembered, and has one span.
  expect(tree.filter((line) => line.startsWith('step before'))).toHaveLength(1);
  expect(tree.filter((line) => line.startsWith('step within'))).toHaveLength(1);
});
