import { COLUMNS, type Verdict } from '../contract/status-table.ts';
import type { Coverage, CoveredTransition } from './coverage.ts';

const VERDICTS = ['moves', 'stays', 'early', 'late', 'refused'] as const satisfies Verdict[];

/** What was covered, as Markdown: the counts, then each event in each status. The same for the same chart. */
export function coverageTable(coverage: Coverage): string {
  const { statuses, transitions, paths, steps, longestPath } = coverage;
  const states = statuses.reduce((sum, { states }) => sum + states, 0);
  const of = (verdict: Verdict): number =>
    transitions.filter((transition) => transition.verdict === verdict).length;
  const types = new Map<string, CoveredTransition[]>();
  for (const transition of transitions) {
    types.set(transition.type, [...(types.get(transition.type) ?? []), transition]);
  }
  return [
    '| covered | how many |',
    '|---|---|',
    `| statuses | ${statuses.length} |`,
    `| states, by the fields that are decided and what is waited for | ${states} |`,
    ...statuses.map((each) => `| states that are ${each.status} | ${each.states} |`),
    `| transitions, each event type in each status | ${transitions.length} |`,
    ...VERDICTS.map((verdict) => `| transitions: ${verdict} | ${of(verdict)} |`),
    `| paths, each event type in each state | ${paths} |`,
    `| steps of all paths | ${steps} |`,
    `| steps of the longest path | ${longestPath} |`,
    '',
    `| event | ${COLUMNS.join(' | ')} |`,
    `|---|${COLUMNS.map(() => '---|').join('')}`,
    ...[...types].map(([type, cells]) => `| \`${type}\` | ${cells.map(cellText).join(' | ')} |`),
    '',
  ].join('\n');
}

/** Where an event leads, or what it is called where it leads nowhere. */
function cellText({ verdict, to }: CoveredTransition): string {
  if (verdict === 'moves') return to;
  return verdict === 'stays' ? '=' : verdict;
}
