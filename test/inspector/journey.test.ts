import type { Page } from 'playwright-core';
import type { Run } from 'runchart';
import { describe, expect, it } from 'vitest';
import { untilEvent } from '../../examples/support/until-event.ts';
import { createTrips } from './support/trip.ts';
import { useInspector } from './support/use-inspector.ts';

const trips = createTrips();
const inspector = useInspector({ empty: true, definitions: [trips.definition] });
const PATIENT_MS = 90_000;

/** What becomes so; a page is told of changes a few times a second. */
const soon = <T>(ask: () => T) => expect.poll(ask, { timeout: 15_000, interval: 50 });

const track = (page: Page) => page.getByRole('slider', { name: 'Event' });
const place = (page: Page) => page.locator('.player-where strong');
const seqOf = (page: Page): string | null => new URL(page.url()).searchParams.get('seq');
const questions = (page: Page) => page.getByRole('region', { name: 'Open questions' });

/** The states of the chart of runs that are lit, besides the one around all that are not over. */
async function lit(page: Page): Promise<readonly string[]> {
  const chart = page.getByRole('region', { name: 'Statechart' });
  const names = await chart.locator('.state-active > .state-name').allTextContents();
  return names.filter((name) => name !== 'active');
}

/** How often its arrows were taken, by what stands beside them. */
async function taken(page: Page): Promise<readonly string[]> {
  const texts = await page.evaluate<readonly string[]>(`
    [...document.querySelectorAll('[aria-label=Statechart] .label:has(.count)')].map((label) =>
      ['.label-text-taken', '.count-text']
        .map((part) => label.querySelector(part)?.firstChild.textContent)
        .join(' '),
    )
  `);
  return texts.toSorted();
}

/** The number at a tab: how many there are at the moment. */
async function countAt(page: Page, tab: string): Promise<number> {
  const text = await page.getByRole('tab', { name: tab }).innerText();
  return Number(/\d+$/.exec(text.trim())?.[0] ?? 0);
}

/** What the page shows of the moment, wherever it shows it. */
async function shown(page: Page): Promise<object> {
  return {
    lit: await lit(page),
    place: Number(await place(page).innerText()),
    told: /^event \d+ of \d+, \w+/.exec(
      (await track(page).getAttribute('aria-valuetext')) ?? '',
    )?.[0],
    at: await page.locator('.event.is-at .event-seq').allInnerTexts(),
    steps: await countAt(page, 'Steps'),
    outputs: await countAt(page, 'Outputs'),
    checkpoints: await countAt(page, 'Checkpoints'),
    questions: await countAt(page, 'Questions'),
  };
}

/** The `seq` of each event of a type. */
async function seqsOf(run: Run<unknown>, type: string): Promise<readonly number[]> {
  const seqs: number[] = [];
  for await (const { seq, event } of run.events({ live: false })) {
    if (event.type === type) seqs.push(seq);
  }
  return seqs;
}

/** A trip that is over, or waits for its answer. */
async function tripTo(town: string, answered: boolean): Promise<Run<unknown>> {
  const { runtime } = inspector.demo;
  const run = await runtime.start(trips.definition, { prompt: `To ${town}`, input: { town } });
  await untilEvent(run, 'interrupt.requested');
  if (!answered) return run;
  const [asked] = await run.interrupts.list();
  if (asked === undefined) throw new TypeError('Expected an open question');
  await run.interrupts.resolve(asked.id, asked.token, { stay: true });
  await run.result();
  return run;
}

async function answer(page: Page, word: 'Yes' | 'No'): Promise<void> {
  await questions(page).getByText('One more night?').first().waitFor();
  await questions(page).getByRole('radio', { name: word }).check();
  await questions(page).getByRole('button', { name: 'Answer', exact: true }).click();
  await questions(page).waitFor({ state: 'detached' });
}

describe('a person with a page', () => {
  it(
    'starts a run, sees it move through its chart, answers its question, and sees how it ends',
    async () => {
      trips.hold('Ulm');
      const { page } = await inspector.open();
      await page.getByRole('button', { name: 'Start a run…' }).click();
      const dialog = page.getByRole('dialog', { name: 'Start a run' });
      await dialog.getByRole('combobox', { name: 'Definition' }).selectOption('trip');
      await dialog.getByRole('textbox', { name: 'town' }).fill('Ulm');
      await dialog.getByRole('textbox', { name: 'Prompt' }).fill('To Ulm and back');
      await dialog.getByRole('button', { name: 'Start trip' }).click();
      await page.getByRole('heading', { name: 'To Ulm and back' }).waitFor();
      await page.evaluate('globalThis.loadedOnce = true');
      await soon(() => lit(page)).toEqual(['planning']);
      expect(await taken(page)).toEqual(['planning.started 1']);
      trips.pass('Ulm', 'plan');
      await soon(() => lit(page)).toEqual(['executing']);
      await soon(() => countAt(page, 'Steps')).toBe(1);
      expect(await countAt(page, 'Outputs')).toBe(0);
      trips.pass('Ulm', 'map');
      await soon(() => countAt(page, 'Outputs')).toBe(1);
      trips.pass('Ulm', 'room');
      await answer(page, 'Yes');
      await soon(() => lit(page)).toEqual(['verifying']);
      trips.pass('Ulm', 'money');
      await soon(() => lit(page)).toEqual(['completed']);
      expect(await taken(page)).toEqual([
        'planning.completed 1',
        'planning.started 1',
        'run.completed 1',
        'verification.started 1',
      ]);
      const now = page.getByRole('region', { name: 'What it is now' });
      await now.getByText('the money was enough').waitFor();
      expect(await page.evaluate('globalThis.loadedOnce')).toBe(true);
    },
    PATIENT_MS,
  );

  it(
    'goes back by the track and by keys, shows the moment to somebody else, and comes to now again',
    async () => {
      const run = await tripTo('Bern', true);
      const { eventCount } = await run.snapshot();
      const [, arrived = 0] = await seqsOf(run, 'step.started');
      const [planned = 0] = await seqsOf(run, 'planning.completed');
      const { page } = await inspector.open(`runs/${run.id}`);
      const end = await shown(page);
      expect(end).toMatchObject({ lit: ['completed'], place: eventCount, steps: 2, outputs: 2 });
      await track(page).fill(String(arrived));
      const then = {
        lit: ['executing'],
        place: arrived,
        told: `event ${arrived} of ${eventCount}, executing`,
        at: [String(arrived)],
        steps: 2,
        outputs: 1,
        checkpoints: 1,
        questions: 0,
      };
      await soon(() => shown(page)).toEqual(then);
      await page.getByRole('region', { name: 'What it was then' }).waitFor();
      await soon(() => seqOf(page)).toBe(String(arrived));
      const other = await inspector.open(new URL(page.url()).href.split('/inspect/')[1]);
      await soon(() => shown(other.page)).toEqual(then);
      // The focus is on the track, and then on nothing.
      await page.keyboard.press('ArrowLeft');
      await soon(() => shown(page)).toMatchObject({ place: arrived - 1, steps: 1 });
      await page.getByRole('heading', { level: 1 }).click();
      await page.keyboard.press('[');
      await soon(() => shown(page)).toMatchObject({ place: planned, lit: ['executing'] });
      await page.keyboard.press('Home');
      await soon(() => shown(page)).toMatchObject({ place: 1, lit: ['created'], outputs: 0 });
      expect(await taken(page)).toEqual([]);
      await page.keyboard.press(']');
      await soon(() => lit(page)).toEqual(['planning']);
      await page.keyboard.press('End');
      await soon(() => shown(page)).toEqual(end);
      await soon(() => seqOf(page)).toBe(null);
    },
    PATIENT_MS,
  );

  it(
    'plays it from its beginning, pauses, and plays on to its end',
    async () => {
      const run = await tripTo('Graz', true);
      const { eventCount } = await run.snapshot();
      const { page } = await inspector.open(`runs/${run.id}`);
      await page.evaluate(`
        globalThis.played = [];
        new MutationObserver(() => {
          const at = document.querySelector('.player-where strong').textContent;
          const lit = [...document.querySelectorAll('[aria-label=Statechart] .state-active > .state-name')];
          globalThis.played.push(at + ' ' + lit.at(-1)?.textContent);
        }).observe(document.querySelector('.player-where'), { subtree: true, characterData: true, childList: true });
      `);
      await page.getByRole('combobox', { name: 'Speed' }).selectOption('2 events/s');
      await page.getByRole('button', { name: 'Play', exact: true }).click();
      await soon(async () => Number(await place(page).innerText())).toBeGreaterThan(3);
      await page.keyboard.press('Space');
      await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
      const paused = await place(page).innerText();
      await soon(() => seqOf(page)).toBe(paused);
      expect(await place(page).innerText()).toBe(paused);
      await page.getByRole('combobox', { name: 'Speed' }).selectOption('10 events/s');
      await page.getByRole('button', { name: 'Play', exact: true }).click();
      await soon(() => place(page).innerText()).toBe(String(eventCount));
      await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
      const played = await page.evaluate<readonly string[]>('globalThis.played');
      const states = played.map((line) => line.split(' ')[1] ?? '');
      expect(states.filter((state, n) => state !== states[n - 1])).toEqual([
        'created',
        'planning',
        'executing',
        'verifying',
        'completed',
      ]);
      const places = played.map((line) => Number.parseInt(line, 10));
      expect(places.filter((at, n) => at < (places[n - 1] ?? 0))).toEqual([]);
    },
    PATIENT_MS,
  );

  it(
    'compares what it knew, goes another way with an edit, and answers there',
    async () => {
      const run = await tripTo('Rome', true);
      const { page } = await inspector.open(`runs/${run.id}?panel=checkpoints`);
      const values = page.getByRole('region', { name: 'The values of the checkpoint' });
      await values.getByRole('heading', { name: 'From super-step 1 to 2' }).waitFor();
      await values.getByText('60', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Fork from super-step 1' }).click();
      const dialog = page.getByRole('dialog', { name: 'Fork this run' });
      await dialog.getByRole('button', { name: 'edit budget' }).click();
      await dialog.getByRole('textbox', { name: 'budget, as JSON' }).fill('5000');
      await dialog.getByText('1 changed').first().waitFor();
      await dialog.getByRole('textbox', { name: 'Prompt' }).fill('To Rome, rich');
      await dialog.getByRole('button', { name: 'Fork from super-step 1' }).click();
      await page.getByRole('heading', { name: 'To Rome, rich' }).waitFor();
      await answer(page, 'No');
      await soon(() => lit(page)).toEqual(['completed']);
      const forkId = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1) ?? '');
      const { snapshot } = await inspector.demo.runtime.info(forkId);
      expect(snapshot).toMatchObject({
        forkedFrom: { runId: run.id, superStep: 1 },
        result: { town: 'Rome', stay: false },
      });
    },
    PATIENT_MS,
  );

  it(
    'cancels a run with a reason, which stands in its log, and it stays cancelled',
    async () => {
      const run = await tripTo('Oslo', false);
      const { page } = await inspector.open(`runs/${run.id}`);
      await questions(page).waitFor();
      await page.getByRole('button', { name: 'Cancel…' }).click();
      const dialog = page.getByRole('dialog', { name: 'Cancel this run' });
      await dialog.getByRole('textbox').fill('it rains there');
      await dialog.getByRole('button', { name: 'Cancel the run' }).click();
      await soon(() => lit(page)).toEqual(['cancelled']);
      await questions(page).waitFor({ state: 'detached' });
      await page
        .locator('.event', { hasText: 'run.cancelled' })
        .getByText('it rains there')
        .waitFor();
      const now = page.getByRole('region', { name: 'What it is now' });
      await now.getByText('it rains there').waitFor();
      expect(await page.getByRole('button', { name: 'Cancel…' }).count()).toBe(0);
      await run.record({ type: 'run.completed', result: 'too late' });
      await page.locator('.event.is-late', { hasText: 'run.completed' }).waitFor();
      expect(await lit(page)).toEqual(['cancelled']);
      await page.locator('.run-head .is-cancelled').waitFor();
      expect((await run.snapshot()).status).toBe('cancelled');
    },
    PATIENT_MS,
  );

  it(
    'cancels two of the list at once, and leaves the third',
    async () => {
      const runs = await Promise.all(['Bath', 'Cork', 'Lodz'].map((town) => tripTo(town, false)));
      const { page } = await inspector.open();
      const row = (town: string) => page.locator('tbody tr').filter({ hasText: `To ${town}` });
      for (const town of ['Bath', 'Cork']) await row(town).getByRole('checkbox').check();
      const chosen = page.getByRole('region', { name: 'Chosen runs' });
      await chosen.getByText('2 runs chosen').waitFor();
      await chosen.getByRole('button', { name: 'Cancel…' }).click();
      const dialog = page.getByRole('dialog', { name: 'Cancel 2 runs' });
      await dialog.getByRole('textbox', { name: 'Reason' }).fill('no time');
      await dialog.getByRole('button', { name: 'Cancel 2 runs' }).click();
      for (const town of ['Bath', 'Cork']) {
        await row(town).filter({ hasText: 'cancelled' }).waitFor();
        expect(await row(town).getByRole('checkbox').isDisabled()).toBe(true);
      }
      await chosen.waitFor({ state: 'detached' });
      const ends = await Promise.all(runs.map((run) => run.snapshot()));
      expect(ends.map(({ status, cancelReason }) => [status, cancelReason])).toEqual([
        ['cancelled', 'no time'],
        ['cancelled', 'no time'],
        ['executing', null],
      ]);
    },
    PATIENT_MS,
  );
});
