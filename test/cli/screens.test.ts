import { describe, expect, it } from 'vitest';
import { type OutputRecord, RunchartError } from '../../src/index.ts';
import { familyLines } from '../../src/cli/family/family-lines.ts';
import { familyOf } from '../../src/cli/family/family.ts';
import { followFrame } from '../../src/cli/follow/follow-frame.ts';
import { createRunStory } from '../../src/cli/follow/run-story.ts';
import { widthOf } from '../../src/cli/terminal/text.ts';
import { createRunList } from '../../src/cli/watch/run-list.ts';
import { watchFrame } from '../../src/cli/watch/watch-frame.ts';
import {
  ALIVE,
  created,
  DEAD,
  envelopesOf,
  infoOf,
  NOW_MS,
  type Pictured,
} from './support/pictured-runs.ts';

const SIZES = [
  [40, 24],
  [40, 8],
  [80, 24],
  [120, 30],
] as const;
const plain = (_: unknown, text: string): string => text;
const commandLine = (...words: string[]): string => ['runchart', ...words].join(' ');
const began = (attempt: number) => ({ type: 'attempt.started', attempt, owner: 'own_1' });
const parked = (wakeAtMs: number | null) => ({
  type: 'attempt.ended',
  attempt: 1,
  reason: 'waiting',
  wakeAtMs,
});
const asks = (question: string) => ({
  type: 'interrupt.requested',
  interruptId: 'approve',
  name: 'approve',
  question,
  schema: { type: 'boolean' },
  expiresAtMs: null,
});
const step = (deed: string, name: string, more: object = {}) => ({
  type: `step.${deed}`,
  stepId: name,
  name,
  ...more,
});
const error = { name: 'Error', code: 'ECONNREFUSED', message: 'no route to \x1b[1mhost' };

const ASKING: Pictured = {
  runId: 'run_m1qkasking7Zx2',
  sessionId: 'release 日本語',
  owner: null,
  log: [
    [
      95_000,
      created('deploy the \x1b]0;title\x07site 🚀 to 東京, and tell everybody about it', {
        version: '7',
      }),
    ],
    [94_900, began(1)],
    [94_800, { type: 'planning.started' }],
    [90_000, { type: 'planning.completed', plan: {} }],
    [89_900, step('started', 'build the 日本語 pages')],
    [70_000, step('completed', 'build the 日本語 pages', { result: 1 })],
    [69_900, step('started', 'upload')],
    [69_900, step('started', 'tests')],
    [60_000, step('failed', 'upload', { error, tries: 1, retryAtMs: NOW_MS - 55_000 })],
    [50_000, step('failed', 'upload', { error, tries: 2, retryAtMs: NOW_MS - 40_000 })],
    [35_000, step('completed', 'upload', { result: 1 })],
    [30_000, step('failed', 'tests', { error, tries: 1 })],
    [29_000, asks('Deploy \x1b[2Jnow\u202e, 小林さん?')],
    [28_900, parked(null)],
  ],
};

const RUNS: readonly Pictured[] = [
  {
    runId: 'run_m1qkdone00000a',
    log: [
      [400_000, created('count the words')],
      [399_000, began(1)],
      [180_000, { type: 'run.completed', result: { words: 12 } }],
    ],
  },
  {
    runId: 'run_m1qkfails0000b',
    log: [
      [300_000, created('fetch')],
      [90_000, { type: 'run.failed', error }],
    ],
  },
  {
    runId: 'run_m1qkworks0000c',
    owner: ALIVE,
    log: [
      [65_000, created('train')],
      [64_000, began(1)],
    ],
  },
  {
    runId: 'run_m1qksleeps000d',
    log: [
      [7_500_000, created('sleep')],
      [7_400_000, began(1)],
      [7_300_000, parked(NOW_MS + 754_000)],
    ],
  },
  {
    runId: 'run_m1qkgone00000e',
    owner: DEAD,
    log: [
      [200_000, created('lost')],
      [190_000, began(3)],
    ],
  },
  {
    runId: 'run_m1qkstalled00f',
    owner: ALIVE,
    isStalled: true,
    log: [
      [900_000, created('silent')],
      [800_000, began(1)],
    ],
  },
  {
    runId: `a-name-of-its-own-${'very-'.repeat(20)}long`,
    log: [[3_000, created('')]],
    owner: ALIVE,
  },
  ASKING,
];

/** A frame is whole lines within the width, and nothing that a terminal takes as a command. */
function expectFits(lines: readonly string[], columns: number, rows: number): void {
  expect(lines.length).toBeLessThanOrEqual(rows);
  for (const line of lines) {
    expect(widthOf(line), line).toBeLessThan(columns);
    expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
  }
}

describe.each(SIZES)('on a terminal of %i by %i', (columns, rows) => {
  it('a watch has those that need somebody first, within its size', async () => {
    const list = createRunList({});
    for (const pictured of RUNS) list.apply({ kind: 'changed', run: infoOf(pictured) });
    const runs = list.sorted(NOW_MS);
    const counts = {
      created: 1,
      planning: 0,
      executing: 5,
      verifying: 0,
      completed: 1,
      failed: 1,
      cancelled: 0,
    };
    const { lines, shown } = watchFrame(
      {
        counts,
        runs,
        selected: 1,
        lastTypeOf: () => 'step.completed',
        notice: undefined,
        nowMs: NOW_MS,
        style: plain,
      },
      { columns, rows },
    );
    expectFits(lines, columns, rows);
    expect(lines).toHaveLength(rows);
    expect(shown).toContain(runs[1]);
    await expect(picture(lines)).toMatchFileSnapshot(`screens/watch-${columns}x${rows}.txt`);
  });

  it('a run has its path, its question with the answer, its steps and its last events', async () => {
    const story = createRunStory();
    for (const envelope of envelopesOf(ASKING)) story.add(envelope);
    const question = {
      id: 'approve',
      runId: ASKING.runId,
      name: 'approve',
      question: 'Deploy \x1b[2Jnow\u202e, 小林さん?',
      schema: { type: 'boolean' },
      askedAtMs: NOW_MS - 29_000,
      expiresAtMs: null,
      token: 'a token that is not shown',
    };
    const outputs = [outputOf('built \x1b[31m日本語\x1b[0m\r\n'), outputOf('uploaded')];
    const lines = followFrame(
      {
        info: infoOf(ASKING),
        story,
        questions: [question],
        outputs,
        nowMs: NOW_MS,
        style: plain,
        commandLine,
        keysText: 'q quit',
      },
      { columns, rows },
    );
    expectFits(lines, columns, rows);
    expect(lines.join('\n')).not.toContain('token');
    await expect(picture(lines)).toMatchFileSnapshot(`screens/run-${columns}x${rows}.txt`);
  });
});

describe('a family', () => {
  it.each([40, 80, 120])('is a tree within %i columns', async (width) => {
    const family = await familyOf(familyOfPictures(), infoOf(CHILD), { perRun: 3, all: 20 });
    const lines = familyLines(family, {
      style: plain,
      width,
      nowMs: NOW_MS,
      allCommand: 'runchart tree run_child --all',
    });
    // What is there to be copied is never cut.
    expectFits(lines.slice(0, -1), width + 1, 40);
    await expect(picture(lines)).toMatchFileSnapshot(`screens/tree-${width}.txt`);
  });
});

const CHILD: Pictured = {
  runId: 'run_m1qkchild0000x',
  log: [[60_000, created('the child', { parentRunId: 'run_m1qkparent000x' })]],
  owner: ALIVE,
};

/** A parent that began with a checkpoint of a run that is gone, its child, and what came of that. */
function familyOfPictures(): Parameters<typeof familyOf>[0] {
  const gone = { runId: 'run_m1qkdeleted00x', superStep: 2, version: 1 };
  const from = { runId: CHILD.runId, superStep: 4, version: 1 };
  const parent: Pictured = {
    runId: 'run_m1qkparent000x',
    log: [[90_000, created('the parent', { forkedFrom: gone })]],
    owner: ALIVE,
  };
  const children = Array.from({ length: 6 }, (_, i): Pictured => {
    const about = created(`part ${i}`, { parentRunId: CHILD.runId });
    const end = { type: 'run.completed', result: i };
    const log: Pictured['log'] =
      i === 2
        ? [[50_000, about]]
        : [
            [50_000 - i, about],
            [40_000, end],
          ];
    return { runId: `run_m1qkpart${i}000x`, log, owner: i === 2 ? DEAD : null };
  });
  const fork = {
    ...ASKING,
    log: [[95_000, created('again 日本語', { forkedFrom: from })] as const, ...ASKING.log.slice(1)],
  };
  const all = [parent, CHILD, ...children, fork].map(infoOf);
  return {
    info: async (runId) => {
      const found = all.find(({ snapshot }) => snapshot.runId === runId);
      if (found === undefined)
        throw new RunchartError('RUN_NOT_FOUND', `There is no run ${runId}.`);
      return found;
    },
    list: async ({ parentRunId, forkedFrom } = {}) => ({
      runs: all
        .filter(
          ({ snapshot }) =>
            (parentRunId !== undefined && snapshot.parentRunId === parentRunId) ||
            (forkedFrom !== undefined && snapshot.forkedFrom?.runId === forkedFrom),
        )
        .toReversed(),
      nextCursor: null,
    }),
  };
}

function picture(lines: readonly string[]): string {
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function outputOf(value: string): OutputRecord {
  return {
    producer: 'deploy',
    event: { type: 'partial', chunk: { kind: 'value', value } },
  } as unknown as OutputRecord;
}
