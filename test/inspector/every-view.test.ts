import { describe, expect, it } from 'vitest';
import { axeViolations, COLOUR_RULES } from './support/axe-violations.ts';
import { useInspector } from './support/use-inspector.ts';
import { SIZES, VIEWS } from './support/views.ts';
import type { WatchedPage } from './support/watched-page.ts';

describe('every view', () => {
  const inspector = useInspector();

  it.each(Object.entries(VIEWS))(
    '%s opens without an error and is for everybody, light on a phone and dark on a desk',
    async (name, path) => {
      const expected = name === 'run-missing' ? [404] : [];
      const viewport = SIZES.phone;
      const watched = await inspector.open(path, { colorScheme: 'light', viewport, expected });
      expect(await watched.page.locator('main').innerText()).not.toBe('');
      await fits(watched, viewport);
      expect.soft(await axeViolations(watched.page)).toEqual([]);

      await watched.page.setViewportSize(SIZES.desk);
      await watched.page.emulateMedia({ colorScheme: 'dark' });
      await watched.quiet();
      await fits(watched, SIZES.desk);
      // What has no colour was looked at already.
      expect.soft(await axeViolations(watched.page, COLOUR_RULES)).toEqual([]);
    },
  );
});

async function fits({ page }: WatchedPage, { width }: { readonly width: number }): Promise<void> {
  const drawn = await page.evaluate<number>('document.documentElement.scrollWidth');
  expect.soft(drawn, 'nothing stands beyond the right edge').toBeLessThanOrEqual(width);
}
