import { expect, test } from 'vitest';
import { open } from '../support/runtime/helpers.ts';

test('a runtime that is closed is drained in silence: nothing of the actors inside is written to the console', async () => {
  const said: unknown[] = [];
  const { warn } = console;
  console.warn = (...words: unknown[]) => void said.push(words);
  try {
    const runtime = await open();
    await runtime.drain();
    await runtime.drain();
    await runtime.close();
    await runtime.drain();
  } finally {
    console.warn = warn;
  }
  expect(said).toEqual([]);
});
