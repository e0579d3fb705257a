import type { Plan } from './plan.ts';
import type { History } from './play.ts';

const HEAD =
  '# A simulated history. The next line is its plan; replay it with: npm run simulate -- --replay FILE';

/** A history as text: its plan as JSON at the head, what is wrong with it, and what the world did. */
export function formatHistory({ plan, violations, lines }: History): string {
  return [
    HEAD,
    JSON.stringify(plan),
    ...violations.map((violation) => `# ${violation}`),
    '',
    ...lines,
    '',
  ].join('\n');
}

/** The plan at the head of such a text. Throws SyntaxError for any other text. */
export function parsePlan(text: string): Plan {
  const [head, json = ''] = text.split('\n');
  if (head !== HEAD) throw new SyntaxError('Expected the text of a simulated history');
  return JSON.parse(json) as Plan;
}
