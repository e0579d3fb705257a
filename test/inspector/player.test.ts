import { describe, expect, it } from 'vitest';
import { useInspector } from './support/use-inspector.ts';

const inspector = useInspector({ empty: true });

describe('a log that is played', () => {
  it('stops where a person goes to by a button', async () => {
    const run = await inspector.demo.runtime.open({ runId: 'played', prompt: 'Played' });
    await run.record({ type: 'run.started' });
    for (let n = 0; n < 20; n += 1) {
      await run.record({ type: 'log', level: 'info', message: `line ${n}` });
    }
    const { page } = await inspector.open('runs/played?seq=5');
    const slider = page.getByRole('slider', { name: 'Event' });
    const buttons = page.getByRole('region', { name: 'Move through the log' });
    const play = async (from: string): Promise<void> => {
      await buttons.getByRole('combobox').selectOption('10 events/s');
      await buttons.getByRole('button', { name: 'Play' }).click();
      await expect.poll(() => slider.inputValue()).not.toBe(from);
    };
    await play('5');
    await buttons.getByRole('button', { name: 'To the first event' }).click();
    await buttons.getByRole('button', { name: 'Play' }).waitFor();
    await expect.poll(() => slider.inputValue()).toBe('1');
  });
});
