import { describe, expect, it } from 'vitest';
import { axeViolations } from './support/axe-violations.ts';
import { useInspector } from './support/use-inspector.ts';
import { SIZES, VIEWS } from './support/views.ts';

/** Colours do not depend on the width, nor places on colours: each of both is looked at once. */
const LOOKS = [
  { colorScheme: 'light', size: 'phone', viewport: SIZES.phone },
  { colorScheme: 'dark', size: 'desk', viewport: SIZES.desk },
] as const;

const CASES = Object.entries(VIEWS).flatMap(([name, path]) =>
  LOOKS.map((look) => ({ name, path, ...look })),
);

describe('every view', () => {
  const inspector = useInspector();

  it.each(CASES)(
    '$name, $colorScheme, on a $size, opens without an error and is for everybody',
    async ({ name, path, colorScheme, viewport }) => {
      const expected = name === 'run-missing' ? [404] : [];
      const { page } = await inspector.open(path, { colorScheme, viewport, expected });
      expect(await page.locator('main').innerText()).not.toBe('');
      const width = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect
        .soft(width, 'nothing stands beyond the right edge')
        .toBeLessThanOrEqual(viewport.width);
      expect.soft(await axeViolations(page)).toEqual([]);
    },
  );
});
