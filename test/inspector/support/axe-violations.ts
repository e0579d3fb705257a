import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** The part of the report of axe that is looked at. */
interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly {
    readonly target: readonly unknown[];
    readonly html: string;
    /** What to do about it. */
    readonly failureSummary: string;
  }[];
}

/** The rules of axe that go by colours. */
export const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/** What keeps people out of a page, seriously or critically, by rules of axe, or all of them: a line for each place. */
export async function axeViolations(
  page: Page,
  rules?: readonly string[],
): Promise<readonly string[]> {
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
  // Evaluated from outside: the policy of the page lets no foreign script in.
  await page.evaluate(axe.source);
  const violations = await page.evaluate<readonly Violation[]>(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations)`,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, html, failureSummary }) =>
        `${id}: ${target.join(' ')} ${html} ${failureSummary}`.replaceAll(/\s+/g, ' '),
      ),
    );
}

/** The same of a page in light, then in dark, in which it is left; what goes by no colour is looked at once. */
export async function axeInLightAndDark(page: Page): Promise<readonly string[]> {
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await axeViolations(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  return [...light, ...(await axeViolations(page, COLOUR_RULES))];
}
